import { PortalError } from '../../errors.ts'
import type { Breaker } from '../../platform/breaker.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Jwt, OpenKeyPair, PublicJwk, Signer, Verifier } from '../../platform/jwt.ts'
import type { Log } from '../../platform/log.ts'
import { createLease } from '../lease.ts'
import { MINUTE_MS, SECOND_MS } from '../time.ts'
import type { KeyRotation, StoredKeys } from './key-rotation.ts'
import type { SigningKeyRepository, SigningKeyWithPrivateJwk } from './signing-key.repository.ts'
import { findSigner, type KeyWithState, readKeyState, type SigningKey } from './signing-key.ts'

export type SigningKeyService = ReturnType<typeof createSigningKeyService>
type OpenKey = SigningKey & OpenKeyPair
type Dependencies = {
  keys: SigningKeyRepository
  /** Reads as session checks do: through their own pool, and not while SQL is away. */
  keyReads: Pick<SigningKeyRepository, 'listWithPrivateJwk'>
  sql: Breaker
  rotation: KeyRotation
  jwt: Jwt
  /** With HS256 it replaces all keys. */
  sharedSecret: string | null
  staleIfSqlDown: boolean
  clock: Clock
  log: Log
}

const REFRESH_EVERY_MS = 30 * SECOND_MS
const LOOK_AGAIN_EVERY_MS = 5 * SECOND_MS
/** No key is used that was read from SQL longer ago than this, so a stolen key is void everywhere once it has passed. */
const LEASE_MS = 2 * SECOND_MS
const STALE_AT_MOST_MS = 15 * MINUTE_MS
/** A thumbprint (RFC 7638). Nothing else is worth a query. */
const KEY_ID = /^[\w-]{43}$/

/**
 * The keys as this process knows them, read again while they are in use. While SQL does not answer, it goes on with the keys it
 * has, as sessions do.
 */
export function createSigningKeyService(dependencies: Dependencies) {
  const { keys, keyReads, sql, rotation, jwt, sharedSecret, staleIfSqlDown, clock, log } = dependencies
  const lease = createLease({ clock, leaseMs: LEASE_MS })
  let known: OpenKey[] = []
  let readAtMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null
  let shared: (Signer & Verifier) | null = null
  let timer: NodeJS.Timeout | null = null
  let underway: Promise<void> = Promise.resolve()
  let lookedAgainAtMs = Number.NEGATIVE_INFINITY
  let isClosing = false
  let wereSealed = false

  async function look(): Promise<void> {
    if (sharedSecret !== null && !shared) shared = await jwt.importSharedSecret(sharedSecret)
    const startedAtMs = clock.monotonicMs()
    const stored = await rotation.keepUp()
    await adopt(stored, startedAtMs)
    tellSealed(stored.sealed.length > 0)
  }

  /** A slow read never replaces what was read later. */
  async function adopt({ keys, sealed }: StoredKeys, startedAtMs: number): Promise<void> {
    const opened = await Promise.all(keys.map(open))
    if (startedAtMs < readAtMs) return
    known = [...opened, ...sealed.flatMap(recall)]
    readAtMs = startedAtMs
  }

  async function open({ privateJwk, ...key }: SigningKeyWithPrivateJwk): Promise<OpenKey> {
    const pair = known.find(({ id }) => id === key.id) ?? (await jwt.importKeyPair(privateJwk, key))
    const { privateKey, publicKey, publicJwk } = pair
    return { ...key, privateKey, publicKey, publicJwk }
  }

  /** A key decrypted earlier stays in use even if it has since been re-encrypted with a SECRET_KEY not known here. */
  function recall(key: SigningKey): OpenKey[] {
    const before = known.find(({ id }) => id === key.id)
    return before ? [{ ...before, ...key }] : []
  }

  function tellSealed(areSealed: boolean) {
    if (areSealed && !wereSealed)
      log.error(
        'signing keys cannot be opened: SECRET_KEY lacks the one that encrypted them. No new key is made',
      )
    wereSealed = areSealed
  }

  /** One query for everybody who needs the answer at the same time. Changes nothing when SQL does not answer. */
  function read(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = null
    })
    return reading
  }

  async function readOnce(): Promise<void> {
    const startedAtMs = clock.monotonicMs()
    const stored = await sql.run(() => keyReads.listWithPrivateJwk())
    if (stored) await adopt(stored.answer, startedAtMs)
  }

  const ageMs = () => clock.monotonicMs() - readAtMs

  /** Keys in constant use are read again before their lease is over, so that nobody waits. */
  async function renewLease(): Promise<void> {
    if (ageMs() >= LEASE_MS) await read()
    else if (ageMs() >= LEASE_MS / 2)
      read().catch((error) => log.warn({ err: error }, 'the signing keys could not be read'))
  }

  async function ensureBelievable(): Promise<void> {
    await renewLease()
    if (ageMs() < LEASE_MS || (staleIfSqlDown && ageMs() < STALE_AT_MOST_MS)) return
    throw new PortalError('temporarily_unavailable', { retryAfterSeconds: 1 })
  }

  /** Returns after a read that began now or later. Throws when SQL does not answer; what was known stays. */
  function refresh(): Promise<void> {
    underway = underway.then(look, look)
    return underway
  }

  function refreshAndLog(): Promise<void> {
    return refresh().catch((error) => log.warn({ err: error }, 'the signing keys could not be looked up'))
  }

  function poll() {
    refreshAndLog().finally(() => {
      if (!isClosing) timer = setTimeout(poll, REFRESH_EVERY_MS).unref()
    })
  }

  function listBelieved(): OpenKey[] {
    const now = clock.now()
    return known.filter((key) => readKeyState(key, now) !== 'gone')
  }

  /**
   * For a key id that may be new. Made-up ids cost at most one query every few seconds. Throws when SQL does not answer: then
   * nobody can say that there is no such key.
   */
  function lookAgain(): Promise<void> {
    const isTooSoon = clock.monotonicMs() - lookedAgainAtMs < LOOK_AGAIN_EVERY_MS
    if (isTooSoon) return underway
    lookedAgainAtMs = clock.monotonicMs()
    return refresh()
  }

  const withState = (key: SigningKey): KeyWithState => ({ ...key, state: readKeyState(key, clock.now()) })

  return {
    refresh,

    /** The key that signs now. */
    async signer(): Promise<Signer> {
      if (shared) return shared
      await ensureBelievable()
      const signer = findSigner(known, clock.now())
      if (!signer) throw new PortalError('temporarily_unavailable')
      return signer
    },

    /** The key, with its algorithm, that verifies a token naming it. Null when it is not trusted. */
    async find(id: unknown): Promise<Verifier | null> {
      if (id === undefined) return shared
      if (typeof id !== 'string' || !KEY_ID.test(id)) return null
      await ensureBelievable()
      const findKnown = () => listBelieved().find((key) => key.id === id) ?? null
      const key = findKnown()
      if (key) return key
      await lookAgain()
      return findKnown()
    },

    /** What others verify with (RFC 7517), upcoming keys included. */
    async publicJwks(): Promise<{ keys: PublicJwk[] }> {
      await renewLease()
      return { keys: listBelieved().map(({ publicJwk }) => publicJwk) }
    },

    async list() {
      return (await keys.list()).map(withState)
    },

    /** After an immediate rotation, returns once no process that can reach SQL uses the old keys any more. */
    async rotate(request: Parameters<KeyRotation['rotate']>[0]) {
      const rotated = await rotation.rotate(request)
      const rotatedAtMs = clock.monotonicMs()
      await refreshAndLog()
      if (request.immediately && rotated.outcome === 'rotated') await lease.runOut(rotatedAtMs)
      return 'key' in rotated ? { ...rotated, key: withState(rotated.key) } : rotated
    },

    begin() {
      timer = setTimeout(poll, REFRESH_EVERY_MS).unref()
    },

    async close() {
      isClosing = true
      if (timer) clearTimeout(timer)
      await underway.catch(() => {})
    },
  }
}
