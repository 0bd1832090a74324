import type { Clock } from '../../platform/clock.ts'
import type { Algorithm, Jwt, KeyAlgorithm } from '../../platform/jwt.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { SigningKeyRepository, SigningKeyWithPrivateJwk } from './signing-key.repository.ts'
import {
  findNext,
  findReasonToRotate,
  findSigner,
  isLive,
  type RotationReason,
  type SigningKey,
  toActiveFrom,
  toImmediateEnd,
  toRetirement,
} from './signing-key.ts'

export type KeyRotation = ReturnType<typeof createKeyRotation>
/** `sealed`: some keys were encrypted with a SECRET_KEY that is not known here. */
export type Rotated =
  | { outcome: 'rotated' | 'pending'; key: SigningKey }
  | { outcome: 'shared-secret' | 'sealed' }
/** The keys in SQL, and the live ones among those that cannot be decrypted. */
export type StoredKeys = Awaited<ReturnType<SigningKeyRepository['listWithPrivateJwk']>>
type Dependencies = {
  repositories: Repositories
  transact: Transact
  jwt: Jwt
  algorithm: Algorithm
  rotationMs: number
  clock: Clock
}
type NewKeyPair = Awaited<ReturnType<Jwt['makeKeyPair']>>
type Occasion = { reason: RotationReason; signer: SigningKey | null; origin: Origin }

const OWN_ACCORD: Origin = { ip: 'none', userAgent: 'gatehouse', requestId: 'none' }

/** Which keys there are. Their state follows from the times in SQL, so every process sees the same. */
export function createKeyRotation({
  repositories,
  transact,
  jwt,
  algorithm,
  rotationMs,
  clock,
}: Dependencies) {
  const findReason = (keys: SigningKey[], ownAlgorithm: KeyAlgorithm) =>
    findReasonToRotate(keys, { algorithm: ownAlgorithm, rotationMs, now: clock.now() })

  async function read({ signingKeys }: Repositories): Promise<StoredKeys> {
    const { keys, sealed } = await signingKeys.listWithPrivateJwk()
    return { keys, sealed: sealed.filter((key) => isLive(key, clock.now())) }
  }

  /**
   * Makes the next key when it is due. If many processes notice at once, one makes it. A process that does not have the newest
   * SECRET_KEY yet makes none: its key would replace those that the others sign with.
   */
  async function keepUp(): Promise<StoredKeys> {
    const stored = await read(repositories)
    if (stored.sealed.length > 0) return stored
    const { keys } = stored
    const isOver = algorithm === 'HS256' ? await retireAll(keys) : await makeDue(keys, algorithm)
    return isOver ? read(repositories) : stored
  }

  async function makeDue(keys: SigningKey[], ownAlgorithm: KeyAlgorithm): Promise<boolean> {
    if (!findReason(keys, ownAlgorithm)) return false
    const pair = await jwt.makeKeyPair(ownAlgorithm)
    await transact(async (parts) => {
      await parts.system.takeTurn()
      const current = await read(parts)
      const reason = current.sealed.length > 0 ? null : findReason(current.keys, ownAlgorithm)
      const signer = findSigner(current.keys, clock.now())
      if (reason) await introduce(parts, pair, { reason, signer, origin: OWN_ACCORD })
    })
    return true
  }

  /** They have been replaced by a shared secret. */
  async function retireAll(keys: SigningKey[]): Promise<boolean> {
    if (keys.every(({ goneFrom }) => goneFrom !== null)) return false
    await repositories.signingKeys.retireOthers(null, toRetirement(clock.now()))
    return true
  }

  async function introduce(parts: Repositories, pair: NewKeyPair, { reason, signer, origin }: Occasion) {
    const now = clock.now()
    const isEmergency = reason === 'emergency'
    const activeFrom = toActiveFrom(isEmergency ? null : signer, now)
    await parts.signingKeys.insert({ ...pair, createdAt: now, activeFrom })
    const times = isEmergency ? toImmediateEnd(now) : toRetirement(activeFrom)
    await parts.signingKeys.retireOthers(pair.id, times)
    if (reason !== 'first') {
      const details = {
        key: pair.id,
        algorithm: pair.algorithm,
        reason,
        activeFrom: activeFrom.toISOString(),
      }
      const event = { at: now, actorId: null, subjectId: null, origin, details }
      await parts.audit.record({ action: 'signing_key.rotated', ...event })
    }
    const key = { id: pair.id, algorithm: pair.algorithm, createdAt: now, activeFrom }
    return { ...key, verifyOnlyFrom: null, goneFrom: null }
  }

  /**
   * Makes the next key before it is due; `pending` when one is already waiting. Immediate rotation is for keys that may have been
   * stolen: all of them are void, and with them every access token.
   */
  async function rotate({
    origin,
    immediately = false,
  }: {
    origin: Origin
    immediately?: boolean
  }): Promise<Rotated> {
    if (algorithm === 'HS256') return { outcome: 'shared-secret' }
    const pair = await jwt.makeKeyPair(algorithm)
    return transact(async (parts) => {
      await parts.system.takeTurn()
      const { keys, sealed } = await read(parts)
      if (sealed.length > 0 && !immediately) return { outcome: 'sealed' }
      const pending = findNext(keys, clock.now())
      if (pending && !immediately) return { outcome: 'pending', key: withoutPrivateJwk(pending) }
      const reason = immediately ? 'emergency' : 'command'
      const signer = findSigner(keys, clock.now())
      return { outcome: 'rotated', key: await introduce(parts, pair, { reason, signer, origin }) }
    })
  }

  return { keepUp, rotate }
}

function withoutPrivateJwk({ privateJwk: _, ...key }: SigningKeyWithPrivateJwk): SigningKey {
  return key
}
