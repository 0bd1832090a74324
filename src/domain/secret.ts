import { hash, randomBytes } from 'node:crypto'

/** Base64url text of `bytes` random bytes. */
export function randomSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

/** What is kept of a secret: enough to recognise it, useless to present. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}
