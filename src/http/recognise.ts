import type { Request, RequestHandler, Response } from 'express'
import type { AccessTokenService } from '../domain/access-token/access-token.service.ts'
import { readScopes } from '../domain/access-token/scope.ts'
import type { SessionService } from '../domain/session/session.service.ts'
import { isFresh, type Member } from '../domain/session/session.ts'
import { SECOND_MS } from '../domain/time.ts'
import { PortalError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Caller } from './caller.ts'
import type { Cookies } from './cookies.ts'
import { countHeader } from './request.ts'
import { isCrossSite } from './same-origin.ts'

type Dependencies = {
  sessions: SessionService
  accessTokens: AccessTokenService
  cookies: Cookies
  /** The secret in a cookie; null for a cookie that was not signed here. */
  unsignSecret(value: string): string | null
  portal: string
  /** Members may act without having proved their address. */
  isProofOptional: boolean
  clock: Clock
}

const BEARER = /^Bearer +([\w~+/.-]+=*) *$/i
const REFUSALS = { ended: 'session_ended', expired: 'session_expired', unknown: 'token_invalid' } as const
const visitor: Caller = { kind: 'visitor' }

/** Who is asking: by a session, by a token that came from one, or nobody yet. */
export function createRecognise(dependencies: Dependencies): RequestHandler {
  const { sessions, accessTokens, cookies, unsignSecret, portal, isProofOptional, clock } = dependencies

  /** Reads who is asking, once, without writing anything. */
  const recognise: RequestHandler = async (req, res, next) => {
    req.caller = await readCaller(req, res)
    if (req.caller.kind !== 'visitor') res.set('cache-control', 'no-store')
    next()
  }

  async function readCaller(req: Request, res: Response): Promise<Caller> {
    if (req.headers.authorization !== undefined) return readBearer(req)
    const values = cookies.readEvery(req, 'session')
    if (values.length === 0 || (req.isApi && isCrossSite(req, portal))) return visitor
    const caller = await readCookie(values)
    // Two forms that were sent at once: the other one's answer has brought the new secret.
    const isRenewed = caller.kind === 'refused' && caller.end?.reason === 'renewed'
    if (caller.kind === 'refused' && !isRenewed) cookies.clear(res, 'session')
    return caller
  }

  async function readBearer(req: Request): Promise<Caller> {
    if (countHeader(req, 'authorization') > 1) throw new PortalError('malformed_request')
    const token = BEARER.exec(req.headers.authorization ?? '')?.[1]
    if (!token) return { kind: 'refused', code: 'token_invalid' }
    return token.includes('.') ? checkAccessToken(token, req) : checkSecret(token)
  }

  /** Good for the API only, and only while the session that it came from lives. */
  async function checkAccessToken(token: string, { isApi }: Request): Promise<Caller> {
    const verified = await accessTokens.verify(token)
    if (verified.outcome === 'expired') return { kind: 'refused', code: 'token_expired' }
    if (verified.outcome !== 'valid' || !isApi) return { kind: 'refused', code: 'token_invalid' }
    const { sid, client_id: clientId, auth_time: provedAt } = verified.claims
    const check = await sessions.checkById(sid)
    if (check.state !== 'live') return { kind: 'refused', code: REFUSALS[check.state] }
    const scopes = readScopes(verified.claims.scope)
    return { ...toMember(check.member, provedAt * SECOND_MS), secret: null, scopes, clientId }
  }

  /** If there are several, one was planted, and nobody can tell which. */
  async function readCookie(values: string[]): Promise<Caller> {
    const secret = values.length === 1 ? unsignSecret(values[0] ?? '') : null
    if (!secret) return { kind: 'refused', code: 'authentication_required' }
    try {
      return await checkSecret(secret)
    } catch (failure) {
      if (failure instanceof PortalError) return { kind: 'unanswered', secret, failure }
      throw failure
    }
  }

  async function checkSecret(secret: string): Promise<Caller> {
    const check = await sessions.check(secret)
    if (check.state === 'ended')
      return { kind: 'refused', code: 'session_ended', end: await sessions.findPastEnd(secret) }
    if (check.state !== 'live') return { kind: 'refused', code: REFUSALS[check.state] }
    sessions.markSeen(secret, check)
    const provedAtMs = Date.parse(check.member.session.authenticatedAt)
    return { ...toMember(check.member, provedAtMs), secret, scopes: null }
  }

  function toMember(member: Member, provedAtMs: number) {
    const mayAct = isProofOptional || member.user.emailVerifiedAt !== null
    return { kind: 'member', member, mayAct, isFresh: isFresh(provedAtMs, clock.now()) } as const
  }

  return recognise
}
