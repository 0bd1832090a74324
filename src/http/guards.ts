import type { Request, RequestHandler } from 'express'
import type { Member } from '../domain/session/session.ts'
import { PortalError } from '../errors.ts'
import { readReturnTo } from './return-to.ts'

/** Who is signed in already has nothing to do here and goes on. */
export const guestsOnly: RequestHandler = (req, res, next) => {
  if (req.caller.kind !== 'member') return next()
  res.redirect(303, readReturnTo(req))
}

/** Signed in, and the address proved. */
export const membersOnly: RequestHandler = (req, _res, next) => {
  if (!readMember(req).user.emailVerifiedAt) throw new PortalError('email_unverified')
  next()
}

/** Signed in, whether or not the address was proved. */
export const signedInOnly: RequestHandler = (req, _res, next) => {
  readMember(req)
  next()
}

/** Who may be signed in can always leave, also when nobody can tell at the moment. */
export const leaversOnly: RequestHandler = (req, _res, next) => {
  if (!mayBeSignedIn(req)) readMember(req)
  next()
}

export function mayBeSignedIn({ caller }: Request): boolean {
  return caller.kind === 'member' || caller.kind === 'unanswered'
}

/** The member who asks. Throws what stops everybody else. */
export function readMember(req: Request): Member {
  const { caller } = req
  if (caller.kind === 'member') return caller.member
  if (caller.kind === 'unanswered') throw caller.failure
  throw new PortalError(caller.kind === 'refused' ? caller.code : 'authentication_required')
}
