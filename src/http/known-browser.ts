import { createHmac } from 'node:crypto'
import type { Request, Response } from 'express'
import { isSameSecret, randomSecret } from '../domain/secret.ts'
import type { Lane, UserWithPasswordHash } from '../domain/user/user.ts'
import type { Cookies } from './cookies.ts'

export type KnownBrowser = ReturnType<typeof createKnownBrowser>
export type Familiar = Pick<UserWithPasswordHash, 'id' | 'email' | 'username' | 'browserEpoch'>

const NAME = 'known'
const LASTS_MS = 365 * 24 * 60 * 60 * 1000
/** Three for an account: its id, its email and its username. */
const MARKS_AT_MOST = 12
const MARK_LENGTH = 16

/**
 * A signed cookie records who has signed in from this browser, without naming anybody: a browser id and a keyed mark for each
 * name, with the account's epoch. Strangers use up the account's attempts; the owner's browser has its own. Only who has read the
 * account can tell whether the epoch is still the one of today.
 */
export function createKnownBrowser({ cookies, keys }: { cookies: Cookies; keys: Buffer[] }) {
  function toMark(key: Buffer, id: string, { login, epoch }: { login: string; epoch: number | string }) {
    const digest = createHmac('sha256', key).update(`${id} ${epoch} ${login}`).digest('base64url')
    return `${epoch}~${digest.slice(0, MARK_LENGTH)}`
  }

  function read(req: Request): { id: string; marks: string[] } | null {
    const [id, ...marks] = cookies.read(req, NAME)?.split('.') ?? []
    return id ? { id, marks } : null
  }

  /** Null for a browser that never signed in with this name. */
  function find(req: Request, login: string): Lane | null {
    const browser = read(req)
    const mark = browser?.marks.find((mark) => {
      const [epoch = ''] = mark.split('~')
      return keys.some((key) => isSameSecret(mark, toMark(key, browser.id, { login, epoch })))
    })
    return browser && mark !== undefined ? { browser: browser.id, epoch: Number.parseInt(mark, 10) } : null
  }

  return {
    find,

    /** Whether somebody has signed in to this account here since its browsers were forgotten last. */
    knows: (req: Request, { id, browserEpoch }: Pick<Familiar, 'id' | 'browserEpoch'>): boolean =>
      find(req, id)?.epoch === browserEpoch,

    remember(req: Request, res: Response, { id: userId, email, username, browserEpoch }: Familiar): void {
      const { id, marks } = read(req) ?? { id: randomSecret(16), marks: [] }
      const logins = [userId, email, ...(username ? [username] : [])]
      const fresh = logins.map((login) => toMark(keys[0] as Buffer, id, { login, epoch: browserEpoch }))
      const kept = [...fresh, ...marks.filter((mark) => !fresh.includes(mark))].slice(0, MARKS_AT_MOST)
      cookies.write(res, NAME, [id, ...kept].join('.'), { maxAgeMs: LASTS_MS })
    },
  }
}
