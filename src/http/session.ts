import { unsign } from 'cookie-signature'
import type { Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import type { EndReason, SessionService } from '../domain/session/session.service.ts'
import type { Member, Session, SignInMethod } from '../domain/session/session.ts'
import type { LiveSession } from '../domain/session/session-check.ts'
import type { UserWithPasswordHash } from '../domain/user/user.ts'
import { type ErrorCode, PortalError } from '../errors.ts'
import type { Cookies } from './cookies.ts'
import { readOrigin } from './request.ts'
import { isCrossSite } from './same-origin.ts'
import type { SessionStore } from './session-store.ts'

export type HttpSessions = ReturnType<typeof createHttpSessions>
export type Caller =
  | { kind: 'visitor' }
  | { kind: 'refused'; code: ErrorCode }
  | { kind: 'member'; member: Member; live: LiveSession; secret: string }

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

  /** Reads who asks, once, without writing anything. A store that is away is thrown, never taken for "signed out". */
  const recognise: RequestHandler = async (req, res, next) => {
    req.caller = await readCaller(req, res)
    next()
  }

  async function readCaller(req: Request, res: Response): Promise<Caller> {
    if (req.headers.authorization !== undefined) return readBearer(req)
    const values = readSessionCookies(req)
    if (values.length === 0 || (req.isApi && isCrossSite(req, portal))) return visitor
    const secret = values.length === 1 ? unsignSecret(values[0] ?? '') : null
    const caller = secret
      ? await checkSecret(secret)
      : ({ kind: 'refused', code: 'authentication_required' } as const)
    if (caller.kind === 'refused') cookies.clear(res, 'session')
    return caller
  }

  async function readBearer(req: Request): Promise<Caller> {
    const isRepeated = req.rawHeaders.filter((header) => header.toLowerCase() === 'authorization').length > 1
    if (isRepeated) throw new PortalError('malformed_request')
    const token = BEARER.exec(req.headers.authorization ?? '')?.[1]
    return token ? checkSecret(token) : { kind: 'refused', code: 'token_invalid' }
  }

  async function checkSecret(secret: string): Promise<Caller> {
    const check = await sessions.check(secret)
    if (check.state !== 'live') return { kind: 'refused', code: REFUSALS[check.state] }
    sessions.markSeen(secret, check)
    return { kind: 'member', member: check.member, live: check, secret }
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
    return secrets.map((each) => unsign(text, each)).find((secret) => secret !== false) || null
  }

  /** Awaits the store and only then lets the answer go. Always a new secret: none from outside is adopted. */
  async function signIn(
    req: Request,
    res: Response,
    { user, method, remember }: { user: UserWithPasswordHash; method: SignInMethod; remember: boolean },
  ): Promise<{ secret: string; session: Session }> {
    if (req.caller.kind === 'member') await end(req.caller, req, 'signed-in-again')
    const begin = sessions.prepare({ user, method, remember, origin: readOrigin(req) })
    await new Promise<void>((resolve, reject) =>
      enterSession(req, res, (error?: unknown) => (error ? reject(error) : resolve())),
    )
    req.session.begin = begin
    if (remember) req.session.cookie.expires = begin.session.expiresAt
    await new Promise<void>((resolve, reject) =>
      req.session.save((error) => (error ? reject(error) : resolve())),
    )
    return { secret: req.sessionID, session: begin.session }
  }

  /** The cookie goes whatever happens; throws when the server could not confirm that the session ended. */
  async function signOut(req: Request, res: Response): Promise<void> {
    cookies.clear(res, 'session')
    if (req.caller.kind !== 'member') return
    const outcome = await end(req.caller, req, 'signed-out')
    if (outcome === 'ended') return
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

  function end({ secret, member }: Extract<Caller, { kind: 'member' }>, req: Request, reason: EndReason) {
    return sessions.end(secret, { reason, by: { member, origin: readOrigin(req) } })
  }

  return { recognise, signIn, signOut, signOutEverywhere }
}

function decodeURIComponentOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
