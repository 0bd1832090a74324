import { createHmac, randomInt } from 'node:crypto'
import { isSameSecret } from '../secret.ts'
import type { OneTimeLink } from './one-time-link.repository.ts'

export type MailedCodes = ReturnType<typeof createMailedCodes>

const DIGITS = 6

/**
 * Six digits to type where the link cannot be opened. Anybody who reads a plain hash can try all million of them in no time, so
 * what is stored is keyed; and tied to its link, so that equal codes do not look alike.
 */
export function createMailedCodes({ keys }: { keys: Buffer[] }) {
  const toHashes = (code: string, tokenHash: string) =>
    keys.map((key) => createHmac('sha256', key).update(`${tokenHash} ${code}`).digest('base64url'))

  return {
    make: () => String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0'),

    hash: (code: string, tokenHash: string): string => toHashes(code, tokenHash)[0] ?? '',

    isRight(code: string, { codeHash, tokenHash }: Pick<OneTimeLink, 'codeHash' | 'tokenHash'>): boolean {
      return toHashes(code, tokenHash).some((each) => isSameSecret(each, codeHash ?? ''))
    },
  }
}
