import type { Request, RequestHandler } from 'express'
import type { Scope } from '../domain/access-token/scope.ts'
import type { Member } from '../domain/session/session.ts'
import { PortalError } from '../errors.ts'

/** Signed in, and the address proved, where it has to be. */
export const membersOnly: RequestHandler = (req, _res, next) => {
  readMember(req)
  const { caller } = req
  next(caller.kind === 'member' && !caller.mayAct ? new PortalError('email_unverified') : undefined)
}

/** Signed in, whether or not the address was proved. */
export const signedInOnly: RequestHandler = (req, _res, next) => {
  readMember(req)
  next()
}

/** Signed in by the session itself: a token made from it does not prove who holds the session. */
export const sessionsOnly: RequestHandler = (req, _res, next) => {
  readMember(req)
  const isToken = req.caller.kind === 'member' && req.caller.secret === null
  const detail = 'Send the session itself, not a token that came from it.'
  next(isToken ? new PortalError('forbidden', { detail }) : undefined)
}

/** Their identity was proved within the last five minutes, however they came to be signed in. */
export const freshOnly: RequestHandler = (req, _res, next) => {
  next(isFresh(req) ? undefined : new PortalError('reauthentication_required'))
}

/** Members, as fresh as that: for what somebody with a borrowed device must not do. */
export const freshMembersOnly: RequestHandler = (req, res, next) => {
  membersOnly(req, res, (failure) => (failure ? next(failure) : freshOnly(req, res, next)))
}

/** Administrators. Their address must be proved under every setting. */
export const adminsOnly: RequestHandler = (req, _res, next) => {
  const { user } = readMember(req)
  if (user.role !== 'admin')
    return membersOnly(req, _res, (failure) => next(failure ?? new PortalError('forbidden')))
  next(user.emailVerifiedAt ? undefined : new PortalError('email_unverified'))
}

/** Administrators who proved it within the last five minutes: for what an unattended device must not be enough for. */
export const freshAdminsOnly: RequestHandler = (req, res, next) => {
  adminsOnly(req, res, (failure) => (failure ? next(failure) : freshOnly(req, res, next)))
}

/** A session may be used for everything, an access token for what its scope names (RFC 6750 §3.1). */
export function withScope(scope: Scope): RequestHandler {
  return (req, _res, next) => {
    const { caller } = req
    const isEnough = caller.kind !== 'member' || caller.scopes === null || caller.scopes.includes(scope)
    const detail = `This needs a token whose scope names ${scope}.`
    next(isEnough ? undefined : new PortalError('forbidden', { neededScope: scope, detail }))
  }
}

/** Anybody who may be signed in can always sign out, even when that cannot be checked at the moment. */
export const leaversOnly: RequestHandler = (req, _res, next) => {
  if (!mayBeSignedIn(req)) readMember(req)
  next()
}

export function mayBeSignedIn({ caller }: Request): boolean {
  return caller.kind === 'member' || caller.kind === 'unanswered'
}

export function isFresh(req: Request): boolean {
  readMember(req)
  return req.caller.kind === 'member' && req.caller.isFresh
}

/** The member making the request. Throws for everybody else. */
export function readMember(req: Request): Member {
  const { caller } = req
  if (caller.kind === 'member') return caller.member
  if (caller.kind === 'unanswered') throw caller.failure
  throw new PortalError(caller.kind === 'refused' ? caller.code : 'authentication_required')
}
