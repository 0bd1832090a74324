import type { KeyAlgorithm } from '../../platform/jwt.ts'
import { earlier, HOUR_MS, later, MINUTE_MS, SECOND_MS } from '../time.ts'

export type SigningKey = {
  id: string
  algorithm: KeyAlgorithm
  createdAt: Date
  activeFrom: Date
  verifyOnlyFrom: Date | null
  goneFrom: Date | null
}
export type KeyState = 'next' | 'active' | 'verify-only' | 'gone'
export type KeyWithState = SigningKey & { state: KeyState }
export type RotationReason = 'first' | 'age' | 'algorithm' | 'command' | 'emergency'

/** How long others may go on with the keys they have fetched. */
export const JWKS_LASTS_MS = 15 * MINUTE_MS
/** How far apart the clocks of our processes may be, and how late they may notice a new key. */
const MARGIN_MS = 5 * MINUTE_MS
/** A key is published this long before anything is signed with it. */
const LEAD_MS = JWKS_LASTS_MS + MARGIN_MS
/** The longest lifetime that can be configured, as another one may have applied when a token was signed, plus the leeway. */
const TOKENS_LAST_MS = HOUR_MS + 30 * SECOND_MS

export function readKeyState({ activeFrom, verifyOnlyFrom, goneFrom }: SigningKey, now: Date): KeyState {
  if (goneFrom && now >= goneFrom) return 'gone'
  if (verifyOnlyFrom && now >= verifyOnlyFrom) return 'verify-only'
  return now >= activeFrom ? 'active' : 'next'
}

/** Not gone yet by its times: it counts for somebody, even where it cannot be decrypted. */
export function isLive(key: SigningKey, now: Date): boolean {
  return readKeyState(key, now) !== 'gone'
}

export function findNext<Key extends SigningKey>(keys: Key[], now: Date): Key | null {
  const waiting = keys.filter((key) => readKeyState(key, now) === 'next')
  return waiting.toSorted(byActiveFrom)[0] ?? null
}

/** The youngest active key. By a slow clock there may be only a next one yet. */
export function findSigner<Key extends SigningKey>(keys: Key[], now: Date): Key | null {
  const active = keys.filter((key) => readKeyState(key, now) === 'active')
  return active.toSorted(byActiveFrom).at(-1) ?? findNext(keys, now)
}

/** When the next key begins to sign: once everybody could fetch it, or at once, even by slow clocks, if no other key can. */
export function toActiveFrom(signer: SigningKey | null, now: Date): Date {
  return signer ? later(now, LEAD_MS) : earlier(now, MARGIN_MS)
}

/** What happens to the others when a key begins to sign. */
export function toRetirement(activeFrom: Date) {
  return { verifyOnlyFrom: activeFrom, goneFrom: later(activeFrom, TOKENS_LAST_MS + MARGIN_MS) }
}

/** What happens to keys that may have been stolen: no clock trusts them any more. */
export function toImmediateEnd(now: Date) {
  const at = earlier(now, MARGIN_MS)
  return { verifyOnlyFrom: at, goneFrom: at }
}

/** Why a next key should be made now; null while there is no reason. */
export function findReasonToRotate(
  keys: SigningKey[],
  { algorithm, rotationMs, now }: { algorithm: KeyAlgorithm; rotationMs: number; now: Date },
): RotationReason | null {
  const signer = findSigner(keys, now)
  if (!signer) return 'first'
  if (findNext(keys, now)) return null
  if (signer.algorithm !== algorithm) return 'algorithm'
  const isOld = now >= later(signer.activeFrom, rotationMs - LEAD_MS)
  return isOld || signer.verifyOnlyFrom ? 'age' : null
}

function byActiveFrom(one: SigningKey, other: SigningKey): number {
  return one.activeFrom.getTime() - other.activeFrom.getTime() || (one.id < other.id ? -1 : 1)
}
