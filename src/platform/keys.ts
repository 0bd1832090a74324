import { hkdfSync } from 'node:crypto'

const KEY_LENGTH_BYTES = 32

/** One key per purpose and SECRET_KEY, in their order: the first is for new things, all are for old ones (RFC 5869). */
export function deriveKeys(secretKeys: string[], purpose: string): Buffer[] {
  return secretKeys.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', `gatehouse ${purpose}`, KEY_LENGTH_BYTES)),
  )
}
