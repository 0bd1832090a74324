import type { RequestHandler } from 'express'
import { readPowers } from '../domain/user/user.ts'
import type { Areas } from './areas.ts'
import type { Cookies } from './cookies.ts'
import { takeFlash } from './flash.ts'
import { toEndFlash } from './past-end.ts'

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** "21 November 2026 at 14:05 UTC". */
export function formatTime(iso: string): string {
  return `${TIME.format(new Date(iso))} UTC`
}

/** What the layout shows on every page: who is signed in, where they can go, and a sentence from the page before. */
export function createPageLocals(cookies: Cookies, { account, admin }: Areas): RequestHandler {
  return (req, res, next) => {
    // A sentence from a cookie is shown to this visitor only.
    if (req.headers.cookie !== undefined && !res.hasHeader('cache-control'))
      res.set('cache-control', 'private, no-cache')
    const member = req.caller.kind === 'member' ? req.caller.member : null
    const isAdmin = member !== null && readPowers(member.user) === 'admin'
    res.locals.member = member
    res.locals.otherArea = isAdmin ? (res.locals.area === admin ? account : admin) : null
    res.locals.flash = req.method === 'GET' ? (takeFlash(cookies, req, res) ?? toEndFlash(req)) : null
    next()
  }
}
