import { createSecretKey } from 'node:crypto'
import { unsign } from 'cookie-signature'
import type { Request, RequestHandler, Response } from 'express'
import session, { type SessionData } from 'express-session'
import { LRUCache } from 'lru-cache'
import type { AccessTokenService } from '../domain/access-token/access-token.service.ts'
import { readScopes } from '../domain/access-token/scope.ts'
import { hashSecret } from '../domain/secret.ts'
import type { SessionService } from '../domain/session/session.service.ts'
import {
  isFresh,
  type Member,
  type Session,
  type SignInMethod,
  toSessionId,
} from '../domain/session/session.ts'
import type { EndReason } from '../domain/session/session-end.ts'
import { SECOND_MS } from '../domain/time.ts'
import type { Judged, UserWithPasswordHash } from '../domain/user/user.ts'
import { PortalError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Caller } from './caller.ts'
import type { Cookies } from './cookies.ts'
import { countHeader, readOrigin } from './request.ts'
import { isCrossSite } from './same-origin.ts'
import type { SessionStore } from './session-store.ts'

export type HttpSessions = ReturnType<typeof createHttpSessions>
type Dependencies = {
  sessions: SessionService
  accessTokens: AccessTokenService
  store: SessionStore
  cookies: Cookies
  keys: Buffer[]
  portal: string
  /** Members may act without having proved their address. */
  isProofOptional: boolean
  clock: Clock
}

const BEARER = /^Bearer +([\w~+/.-]+=*) *$/i
const REFUSALS = { ended: 'session_ended', expired: 'session_expired', unknown: 'token_invalid' } as const
const SIGNATURES_KNOWN_AT_MOST = 10_000
const visitor: Caller = { kind: 'visitor' }

/** Who is asking, and how that changes. */
export function createHttpSessions(dependencies: Dependencies) {
  const { sessions, accessTokens, store, cookies, keys, portal, isProofOptional, clock } = dependencies
  const name = cookies.fullName('session')
  const secrets = keys.map((key) => key.toString('hex'))
  const verifiers = secrets.map((secret) => createSecretKey(secret, 'utf8'))
  const unsigned = new LRUCache<string, string>({ max: SIGNATURES_KNOWN_AT_MOST })
  const enterSession = session({
    name,
    store,
    secret: secrets,
    genid: sessions.makeSecret,
    cookie: cookies.attributes,
    resave: false,
    saveUninitialized: false,
    rolling: false,
    unset: 'keep',
  })

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

  /** What was right once stays right, and is not computed again: that costs as much as asking Redis. */
  function unsignSecret(value: string): string | null {
    const known = unsigned.get(value)
    if (known) return known
    const secret = verifySignature(value)
    if (secret) unsigned.set(value, secret)
    return secret
  }

  function verifySignature(value: string): string | null {
    const text = value.startsWith('s%3A') ? decodeURIComponentOrNull(value)?.slice(2) : null
    if (!text) return null
    return verifiers.map((each) => unsign(text, each)).find((secret) => secret !== false) || null
  }

  /** Awaits the store and only then lets the answer go: without a cookie when the session could not be stored. */
  async function signIn(
    req: Request,
    res: Response,
    { user, method, remember }: { user: UserWithPasswordHash; method: SignInMethod; remember: boolean },
  ): Promise<{ secret: string; session: Session }> {
    enterFreshSession(req, res)
    const begin = sessions.prepare(req.sessionID, { user, method, remember, origin: readOrigin(req) })
    await keep(req, { begin })
    if (bringsSession(req)) await end(req, 'signed-in-again')
    return { secret: req.sessionID, session: begin.session }
  }

  /**
   * Who proved again who they are goes on in the same session, under a new secret. Throws `session_ended` when the session has
   * ended meanwhile, or `user` is no longer the one that was judged.
   */
  async function renew(
    req: Request,
    res: Response,
    user: Judged,
  ): Promise<{ secret: string; session: Session }> {
    const from = readOwnSession(req)
    enterFreshSession(req, res)
    const secret = req.sessionID
    const renewal = sessions.prepareRenewal(secret, { from, user, origin: readOrigin(req) })
    await keep(req, { renewal })
    if (req.headers.authorization !== undefined) Reflect.deleteProperty(req, 'session')
    return { secret, session: renewal.session }
  }

  /** Whoever has just ended every session of theirs goes on in a new one, which is remembered as the old one was. */
  async function goOn(
    req: Request,
    res: Response,
    user: UserWithPasswordHash,
  ): Promise<{ secret: string; session: Session }> {
    const { method, remember } = readOwnSession(req)
    const started = await signIn(req, res, { user, method, remember })
    if (req.headers.authorization !== undefined) Reflect.deleteProperty(req, 'session')
    return started
  }

  /** Without a cookie when it could not be stored. */
  async function keep(req: Request, news: Pick<SessionData, 'begin' | 'renewal'>): Promise<void> {
    Object.assign(req.session, news)
    const session = (news.begin ?? news.renewal)?.session
    if (session?.remember) req.session.cookie.expires = new Date(session.expiresAt)
    try {
      await saveSession(req)
    } catch (error) {
      Reflect.deleteProperty(req, 'session')
      throw error
    }
  }

  /** Proved by its own secret or cookie, not by a token made from it. */
  function bringsSession({ caller }: Request): boolean {
    return caller.kind === 'unanswered' || (caller.kind === 'member' && caller.secret !== null)
  }

  /** Always a new secret: express-session never sees the cookie, so it cannot adopt one from outside. */
  function enterFreshSession(req: Request, res: Response) {
    const { cookie } = req.headers
    delete req.headers.cookie
    enterSession(req, res, () => {})
    req.headers.cookie = cookie
  }

  /** The browser's cookie goes whatever happens; throws when the server could not confirm that the session ended. */
  async function signOut(req: Request, res: Response): Promise<void> {
    if (req.headers.authorization === undefined) cookies.clear(res, 'session')
    if ((await end(req, 'signed-out')) === 'ended') return
    throw new PortalError('temporarily_unavailable', {
      retryAfterSeconds: 5,
      detail: 'You’re signed out on this device. We couldn’t confirm it everywhere yet and will keep trying.',
    })
  }

  async function signOutEverywhere(req: Request, res: Response): Promise<void> {
    if (req.caller.kind === 'member') await sessions.endAll(req.caller.member, readOrigin(req))
    cookies.clear(res, 'session')
  }

  /** Ends the session that the caller came with. */
  async function end(req: Request, reason: EndReason): Promise<'ended' | 'unconfirmed'> {
    const { caller } = req
    if (caller.kind !== 'member' && caller.kind !== 'unanswered') return 'ended'
    const ending = { reason, origin: readOrigin(req) }
    if (caller.kind === 'unanswered') return sessions.end(toSessionId(hashSecret(caller.secret)), ending)
    const { id, expiresAt } = caller.member.session
    return sessions.end(id, { ...ending, expiresAt: new Date(expiresAt) })
  }

  return { recognise, signIn, renew, goOn, signOut, signOutEverywhere }
}

/** By its own secret or cookie: a token that came of it does not prove who holds it. */
function readOwnSession({ caller }: Request): Session {
  if (caller.kind === 'member' && caller.secret !== null) return caller.member.session
  throw new PortalError('forbidden')
}

function saveSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => req.session.save((error) => (error ? reject(error) : resolve())))
}

function decodeURIComponentOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
