import type { Request, Response } from 'express'
import session, { type SessionData } from 'express-session'
import type { AccessTokenService } from '../domain/access-token/access-token.service.ts'
import { hashSecret } from '../domain/secret.ts'
import type { SessionService } from '../domain/session/session.service.ts'
import { type Browser, type Session, type SignInMethod, toSessionId } from '../domain/session/session.ts'
import type { EndReason } from '../domain/session/session-end.ts'
import type { Judged, UserWithPasswordHash } from '../domain/user/user.ts'
import { PortalError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Cookies } from './cookies.ts'
import type { KnownBrowser } from './known-browser.ts'
import { createRecognise } from './recognise.ts'
import { readOrigin } from './request.ts'
import { createSignatureCheck } from './session-signature.ts'
import type { SessionStore } from './session-store.ts'

export type HttpSessions = ReturnType<typeof createHttpSessions>
type Dependencies = {
  sessions: SessionService
  accessTokens: AccessTokenService
  store: SessionStore
  cookies: Cookies
  knownBrowser: KnownBrowser
  keys: Buffer[]
  portal: string
  /** Members may act without having proved their address. */
  isProofOptional: boolean
  clock: Clock
}

/** Who is asking, and how that changes. */
export function createHttpSessions(dependencies: Dependencies) {
  const { sessions, store, cookies, knownBrowser, keys } = dependencies
  const name = cookies.fullName('session')
  const secrets = keys.map((key) => key.toString('hex'))
  const recognise = createRecognise({ ...dependencies, unsignSecret: createSignatureCheck(secrets) })
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

  /** Awaits the store and only then lets the answer go: without a cookie when the session could not be stored. */
  async function signIn(
    req: Request,
    res: Response,
    { user, method, remember }: { user: UserWithPasswordHash; method: SignInMethod; remember: boolean },
  ): Promise<{ secret: string; session: Session }> {
    enterFreshSession(req, res)
    const about = { user, method, remember, browser: readBrowser(req, user), origin: readOrigin(req) }
    const begin = sessions.prepare(req.sessionID, about)
    await keep(req, { begin })
    if (req.headers.authorization === undefined) knownBrowser.remember(req, res, user)
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

  /** Programs keep no cookies, so that one is not known says nothing. */
  function readBrowser(req: Request, user: UserWithPasswordHash): Browser {
    const { caller } = req
    const isTheirs = caller.kind === 'member' && caller.secret !== null && caller.member.user.id === user.id
    if (isTheirs || knownBrowser.knows(req, user)) return 'known'
    return req.isApi ? 'program' : 'unknown'
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
