import type { RequestHandler } from 'express'
import type { User } from '../domain/user/user.ts'
import type { Cookies } from './cookies.ts'
import { type Flash, writeFlash } from './flash.ts'
import { keepOwn } from './owner.ts'
import { readCarried, resume } from './resume.ts'
import { readReturnTo } from './return-to.ts'

type Names = Pick<User, 'email' | 'username'>

/** Anybody already signed in is sent on, with what they had begun to do, and told so where they wanted to be somebody else. */
export function createGuestsOnly(cookies: Cookies): RequestHandler {
  return (req, res, next) => {
    const { caller } = req
    if (caller.kind !== 'member') return next()
    const { user } = caller.member
    const flash = tellWho(user, req.body)
    if (flash) writeFlash(cookies, res, flash)
    if (req.method !== 'POST') return res.redirect(303, readReturnTo(req))
    const { returnTo, typed } = readCarried(req.body)
    resume(res, { returnTo, typed: keepOwn(typed, user) })
  }
}

/** Anybody waiting for an email may register another address: this one may be mistyped. */
export function createNewcomersOnly(cookies: Cookies): RequestHandler {
  const guestsOnly = createGuestsOnly(cookies)
  return (req, res, next) =>
    req.caller.kind === 'member' && !req.caller.mayAct ? next() : guestsOnly(req, res, next)
}

function tellWho({ email, username }: Names, typed: Record<string, string> = {}): Flash | null {
  const name = (typed.login ?? typed.email ?? email).trim().toLowerCase()
  if (name === email || name === username) return null
  return { tone: 'info', text: `You’re signed in as ${email}. To use another account, sign out first.` }
}
