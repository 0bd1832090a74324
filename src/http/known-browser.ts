import { createHmac } from 'node:crypto'
import type { Request, Response } from 'express'
import { isSameSecret, randomSecret } from '../domain/secret.ts'
import type { Cookies } from './cookies.ts'

export type KnownBrowser = ReturnType<typeof createKnownBrowser>

const NAME = 'known'
const LASTS_MS = 365 * 24 * 60 * 60 * 1000
const ACCOUNTS_AT_MOST = 8
const MARK_LENGTH = 16

/**
 * A signed cookie records who has signed in from this browser, without naming anybody: a browser id and a keyed mark for each
 * name. Strangers use up the account's attempts; the owner's browser has its own.
 */
export function createKnownBrowser({ cookies, keys }: { cookies: Cookies; keys: Buffer[] }) {
  const toMark = (key: Buffer, id: string, login: string) =>
    createHmac('sha256', key).update(`${id} ${login}`).digest('base64url').slice(0, MARK_LENGTH)

  function read(req: Request): { id: string; marks: string[] } | null {
    const [id, ...marks] = cookies.read(req, NAME)?.split('.') ?? []
    return id ? { id, marks } : null
  }

  return {
    /** The id of this browser, null for a browser that never signed in with this name. */
    find(req: Request, login: string): string | null {
      const browser = read(req)
      const isKnown =
        browser &&
        keys.some((key) => browser.marks.some((mark) => isSameSecret(mark, toMark(key, browser.id, login))))
      return isKnown ? browser.id : null
    },

    remember(req: Request, res: Response, logins: string[]): void {
      const { id, marks } = read(req) ?? { id: randomSecret(16), marks: [] }
      const fresh = logins.map((login) => toMark(keys[0] as Buffer, id, login))
      const kept = [...fresh, ...marks.filter((mark) => !fresh.includes(mark))].slice(0, ACCOUNTS_AT_MOST)
      cookies.write(res, NAME, [id, ...kept].join('.'), { maxAgeMs: LASTS_MS })
    },
  }
}
