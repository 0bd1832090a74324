import { type Request, Router } from 'express'
import { GRANT_TYPES } from '../../domain/access-token/grant-type.ts'
import { DEFAULT_SCOPES, type Scope } from '../../domain/access-token/scope.ts'
import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { Member } from '../../domain/session/session.ts'
import type { Lane, User, UserWithPasswordHash } from '../../domain/user/user.ts'
import { OAuthError, PortalError } from '../../errors.ts'
import { jsonBody, readFormBody } from '../../http/body.ts'
import { bringsBasic, readClient } from '../../http/client-credentials.ts'
import { readMember } from '../../http/guards.ts'
import { readParameters } from '../../http/oauth-request.ts'
import { readOrigin } from '../../http/request.ts'
import { sendUncached } from '../../http/send-json.ts'
import type { Throttle } from '../../http/throttle.ts'
import { toTokenAnswer } from './token-answer.ts'
import {
  ACCESS_TOKEN_TYPE,
  loginOfGrant,
  refreshBody,
  SESSION_TOKEN_TYPE,
  type TokenForm,
  tokenForm,
} from './tokens.form.ts'
import type { Tokens, TokensService } from './tokens.service.ts'

type ClientForm = Pick<TokenForm, 'client_id' | 'client_secret'>
type Credentials = { login: string; password: string }
type Attempt = { origin: Origin; lane: Lane | null }
type Dependencies = {
  tokens: TokensService
  login: { authenticate(credentials: Credentials, attempt: Attempt): Promise<UserWithPasswordHash | null> }
  sessions: SessionService
  throttle: Throttle
  passwordGrant: boolean
  isProofOptional: boolean
  /** The `aud` of every token: nothing else can be asked for. */
  audience: string
}

export function createTokensApi({
  tokens,
  login,
  sessions,
  throttle,
  passwordGrant,
  isProofOptional,
  audience,
}: Dependencies) {
  const router = Router()
  const grants = new Map<string, (req: Request, form: TokenForm) => Promise<Tokens>>([
    [GRANT_TYPES.exchange, exchange],
    [GRANT_TYPES.refresh, refresh],
  ])
  if (passwordGrant) grants.set(GRANT_TYPES.password, signIn)

  router.post('/auth/token', async (req, res) => {
    const form = readParameters(tokenForm, await readFormBody(req))
    const grant = grants.get(form.grant_type ?? guessGrantType(form))
    if (!grant) throw new OAuthError('unsupported_grant_type', 'This grant type is not offered here.')
    const issued = form.grant_type === GRANT_TYPES.refresh ? {} : { issued_token_type: ACCESS_TOKEN_TYPE }
    sendUncached(res, { ...toTokenAnswer(await grant(req, form)), ...issued })
  })

  router.post('/auth/refresh', jsonBody, async (req, res) => {
    const form = readParameters(refreshBody, req.body)
    sendUncached(res, toTokenAnswer(await refresh(req, form)))
  })

  /** A session sent with nothing else is a request to exchange it. */
  function guessGrantType({ username }: TokenForm): string {
    return passwordGrant && username !== undefined ? GRANT_TYPES.password : GRANT_TYPES.exchange
  }

  /** Scopes that the client may never have are refused before anything else is looked at. */
  async function readAsked<Asked extends Scope[] | null>(req: Request, form: ClientForm, asked: Asked) {
    const client = await readClient(req, form, tokens.identify)
    if (!tokens.mayAsk(client, asked)) throw scopeExceeded()
    return { client, asked, origin: readOrigin(req) }
  }

  /** RFC 8693 §2. */
  async function exchange(req: Request, form: TokenForm): Promise<Tokens> {
    if ([form.audience, form.resource].some((target) => target !== undefined && target !== audience))
      throw new OAuthError('invalid_target', 'Tokens of this portal are for another audience.')
    const asked = await readAsked(req, form, form.scope ?? DEFAULT_SCOPES)
    const isCaller = form.subject_token === undefined
    const member = isCaller ? readCaller(req) : await readSubject(form)
    expectProved(member.user)
    if (asked.asked.includes('offline_access')) await throttle.grant(member.user)
    const issued = await tokens.exchange(member, asked)
    if (!issued) throw isCaller ? new PortalError('session_ended') : notLive()
    return issued
  }

  function expectProved({ emailVerifiedAt }: Pick<User, 'emailVerifiedAt'>) {
    if (!emailVerifiedAt && !isProofOptional) throw new PortalError('email_unverified')
  }

  async function readSubject({ subject_token = '', subject_token_type }: TokenForm): Promise<Member> {
    if (subject_token_type !== SESSION_TOKEN_TYPE)
      throw new OAuthError('invalid_request', `The subject_token_type must be ${SESSION_TOKEN_TYPE}.`)
    const check = await sessions.check(subject_token)
    if (check.state !== 'live') throw notLive()
    sessions.markSeen(subject_token, check)
    return check.member
  }

  /** RFC 6749 §6. */
  async function refresh(
    req: Request,
    form: Pick<TokenForm, 'refresh_token' | 'scope' | 'client_id' | 'client_secret'>,
  ): Promise<Tokens> {
    if (!form.refresh_token) throw new OAuthError('invalid_request', 'The refresh_token is missing.')
    const refresh = await tokens.refresh(form.refresh_token, await readAsked(req, form, form.scope))
    switch (refresh.outcome) {
      case 'refreshed':
        return refresh.tokens
      case 'scope-exceeded':
        throw scopeExceeded()
      case 'refused':
        throw new OAuthError('invalid_grant', 'This refresh token cannot be used, or not any more.')
    }
  }

  /** RFC 6749 §4.3. */
  async function signIn(req: Request, form: TokenForm): Promise<Tokens> {
    const credentials = readParameters(loginOfGrant, form)
    const asked = await readAsked(req, form, form.scope ?? DEFAULT_SCOPES)
    const attempt = await throttle.signIn(req, credentials.login)
    const user = await attempt.make((lane) => login.authenticate(credentials, { origin: asked.origin, lane }))
    if (!user) throw refusedSignIn()
    expectProved(user)
    const started = await tokens.startSession(user, asked)
    if (!started) throw refusedSignIn()
    return started
  }

  return router
}

/** A session in Authorization or, from one of our own pages, in the cookie. An access token cannot be exchanged for another. */
function readCaller(req: Request): Member {
  const { caller } = req
  if (caller.kind === 'visitor' || bringsBasic(req))
    throw new OAuthError('invalid_request', 'Nothing says what is to be exchanged.')
  const member = readMember(req)
  if (caller.kind === 'member' && caller.secret === null)
    throw new OAuthError('invalid_request', 'Only a session can be exchanged.')
  return member
}

const scopeExceeded = () => new OAuthError('invalid_scope', 'The client may not have this scope.')
const notLive = () => new OAuthError('invalid_request', 'The subject_token is not a live session.')
const refusedSignIn = () => new OAuthError('invalid_grant', 'That email or password is not right.')
