import type { Request, RequestHandler, Response } from 'express'
import type { Cookies } from './cookies.ts'
import { readQuery } from './request.ts'

const LASTS_MS = 60 * 60 * 1000
/** Longer than any token of ours, and short enough for a cookie. */
const LONGEST = 128

/**
 * The token of a mailed link leaves the address before a page is loaded, so that no history, no log of a proxy and no Referer has it.
 * A cookie takes it to the address without; the form there holds it too, and works when the cookie is gone.
 */
export function createMailedLink({ cookies, page }: { cookies: Cookies; page: `/${string}` }) {
  const name = `link-to-${page.slice(1).replaceAll('/', '-')}`

  const keep = (res: Response, token: string): void =>
    cookies.write(res, name, token.slice(0, LONGEST), { maxAgeMs: LASTS_MS })

  const leaveAddress: RequestHandler = (req, res, next) => {
    res.set('cache-control', 'no-store').set('referrer-policy', 'no-referrer')
    const token = readQuery(req, 'token')
    if (token === null) return next()
    keep(res, token)
    res.redirect(303, page)
  }

  return {
    leaveAddress,

    /** As if the link with this token had been opened. */
    keep,

    /** Of the link that was opened in this browser last; null where there was none. */
    readToken: (req: Request): string | null => cookies.read(req, name),

    /** It was used, or is good for nothing. */
    forget: (res: Response): void => cookies.clear(res, name),
  }
}
