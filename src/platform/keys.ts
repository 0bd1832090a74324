import { hkdfSync } from 'node:crypto'

const KEY_LENGTH_BYTES = 32

/** One key per purpose and SECRET_KEY, in order: the first for new data, all of them for old data (RFC 5869). */
export function deriveKeys(secretKeys: string[], purpose: string): Buffer[] {
  return secretKeys.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', `gatehouse ${purpose}`, KEY_LENGTH_BYTES)),
  )
}
