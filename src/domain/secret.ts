import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Base64url text of `bytes` random bytes. */
export function randomSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

/** What is stored of a secret: enough to recognise it, useless to present. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}

/** Takes the same time wherever two texts of equal length differ, so that nobody can find a secret letter by letter. */
export function isSameSecret(one: string, other: string): boolean {
  const [bytes, otherBytes] = [Buffer.from(one), Buffer.from(other)]
  return bytes.length === otherBytes.length && timingSafeEqual(bytes, otherBytes)
}
