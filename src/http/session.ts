import { createSecretKey } from 'node:crypto'
import { unsign } from 'cookie-signature'
import type { Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import type { SessionService } from '../domain/session/session.service.ts'
import type { Session, SignInMethod } from '../domain/session/session.ts'
import type { EndReason } from '../domain/session/session-end.ts'
import type { User, UserWithPasswordHash } from '../domain/user/user.ts'
import { PortalError } from '../errors.ts'
import type { Caller } from './caller.ts'
import type { Cookies } from './cookies.ts'
import { countHeader, readOrigin } from './request.ts'
import { isCrossSite } from './same-origin.ts'
import type { SessionStore } from './session-store.ts'

export type HttpSessions = ReturnType<typeof createHttpSessions>
type Dependencies = {
  sessions: SessionService
  store: SessionStore
  cookies: Cookies
  keys: Buffer[]
  portal: string
}

const BEARER = /^Bearer +([\w~+/.-]+=*) *$/i
const REFUSALS = { ended: 'session_ended', expired: 'session_expired', unknown: 'token_invalid' } as const
const visitor: Caller = { kind: 'visitor' }

/** Who is asking, and how that changes. */
export function createHttpSessions({ sessions, store, cookies, keys, portal }: Dependencies) {
  const name = cookies.fullName('session')
  const secrets = keys.map((key) => key.toString('hex'))
  const verifiers = secrets.map((secret) => createSecretKey(secret, 'utf8'))
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

  /** Reads who asks, once, without writing anything. */
  const recognise: RequestHandler = async (req, res, next) => {
    req.caller = await readCaller(req, res)
    if (req.caller.kind !== 'visitor') res.set('cache-control', 'no-store')
    next()
  }

  async function readCaller(req: Request, res: Response): Promise<Caller> {
    if (req.headers.authorization !== undefined) return readBearer(req)
    const values = readSessionCookies(req)
    if (values.length === 0 || (req.isApi && isCrossSite(req, portal))) return visitor
    const caller = await readCookie(values)
    if (caller.kind === 'refused') cookies.clear(res, 'session')
    return caller
  }

  async function readBearer(req: Request): Promise<Caller> {
    if (countHeader(req, 'authorization') > 1) throw new PortalError('malformed_request')
    const token = BEARER.exec(req.headers.authorization ?? '')?.[1]
    return token ? checkSecret(token) : { kind: 'refused', code: 'token_invalid' }
  }

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
    if (check.state !== 'live') return { kind: 'refused', code: REFUSALS[check.state] }
    sessions.markSeen(secret, check)
    return { kind: 'member', member: check.member, live: check, secret, scopes: null }
  }

  /** More than one is a planted one beside ours, and nobody can tell which. */
  function readSessionCookies(req: Request): string[] {
    const prefix = `${name}=`
    const pairs = req.headers.cookie?.split(';').map((pair) => pair.trim()) ?? []
    return pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length))
  }

  function unsignSecret(value: string): string | null {
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
    const begin = sessions.prepare({ user, method, remember, origin: readOrigin(req) })
    enterFreshSession(req, res)
    req.session.begin = begin
    if (remember) req.session.cookie.expires = begin.session.expiresAt
    try {
      await saveSession(req)
    } catch (error) {
      Reflect.deleteProperty(req, 'session')
      throw error
    }
    await end(req, 'signed-in-again')
    return { secret: req.sessionID, session: begin.session }
  }

  /** Always a new secret: express-session is not shown the cookie, so it can adopt none from outside. */
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
      detail:
        'You are signed out on this device. The server could not confirm it everywhere yet and keeps trying.',
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
    if (caller.secret === null) return 'ended'
    const expiresAt = caller.kind === 'member' ? caller.member.session.expiresAt : undefined
    return sessions.end(caller.secret, { reason, origin: readOrigin(req), expiresAt })
  }

  /** From now on this session says of its user what has changed; others of theirs learn it within a lease. */
  async function showChanged({ caller }: Request, user: User): Promise<void> {
    if (caller.kind !== 'member' || caller.secret === null) return
    const { live, secret } = caller
    await sessions.saveCopy(secret, { ...live, member: { ...live.member, user } })
  }

  return { recognise, signIn, signOut, signOutEverywhere, showChanged }
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
