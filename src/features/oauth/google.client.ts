import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { toEmailAddress } from '../../domain/user/email-address.ts'
import { boundedFetch } from '../../platform/bounded-fetch.ts'
import {
  type AuthorizationRequest,
  type AuthorizationResponse,
  type Provider,
  ProviderFailure,
  type ProviderProfile,
} from './provider.ts'

type Settings = { clientId: string; clientSecret: string; issuer: string; redirectUri: string }
type Discovered = Awaited<ReturnType<typeof discover>>

const SCOPES = ['openid', 'email', 'profile']
/** OpenID Connect Core §3.1.2.1. Google knows no `prompt=login`: it asks which account it is, and whether it believes the browser. */
const ASKED_FOR: Record<AuthorizationRequest['purpose'], Record<string, string>> = {
  'sign-in': {},
  proof: { max_age: '0', prompt: 'select_account' },
  link: { prompt: 'select_account' },
}
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
const DISCOVERY_LASTS_MS = 60 * 60 * 1000
const EXCHANGE_AT_MOST_MS = 9_000
const CLOCK_TOLERANCE_SECONDS = 30
const NAME_LENGTH = 80
const SUBJECT = /^[\x20-\x7e]{1,255}$/
const OWN_DOMAINS = ['gmail.com', 'googlemail.com']

const metadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url({ protocol: /^https?$/ }),
  token_endpoint: z.url({ protocol: /^https?$/ }),
  jwks_uri: z.url({ protocol: /^https?$/ }),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
  claims_supported: z.array(z.string()).optional(),
})

/** Google, or any other OpenID Connect provider named by GOOGLE_ISSUER (OpenID Connect Core §3.1). */
export function createGoogleClient({ clientId, clientSecret, issuer, redirectUri }: Settings): Provider {
  let known: { discovered: Promise<Discovered>; untilMs: number } | null = null

  /** Asked once an hour; a failure is not remembered. */
  function findProvider(): Promise<Discovered> {
    if (known && performance.now() < known.untilMs) return known.discovered
    const discovered = discover(issuer)
    known = { discovered, untilMs: performance.now() + DISCOVERY_LASTS_MS }
    discovered.catch(() => {
      known = null
    })
    return discovered
  }

  async function redeem(code: string, codeVerifier: string, endpoint: string): Promise<string> {
    const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':')
    const response = await boundedFetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        accept: 'application/json',
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: codeVerifier,
      }),
    }).catch(raiseUnavailable)
    if (response.status === 400 || response.status === 401)
      throw new ProviderFailure('refused', `the code was refused: ${await readErrorCode(response)}`)
    if (response.status !== 200)
      throw new ProviderFailure('unavailable', `the token endpoint answered ${response.status}`)
    const { OAuth2Tokens } = await import('arctic')
    const tokens = new OAuth2Tokens((await response.json().catch(raiseUnavailable)) ?? {})
    try {
      return tokens.idToken()
    } catch (cause) {
      throw new ProviderFailure('refused', 'there is no ID token', { cause })
    }
  }

  /** OpenID Connect Core §3.1.3.7. Nobody else is trusted as an audience, so there is exactly one. */
  async function verify(idToken: string, nonce: string, { issuer, keys }: Discovered): Promise<JWTPayload> {
    const { payload } = await jwtVerify(idToken, keys, {
      issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    }).catch(raiseUnverified)
    const isForUs = [payload.aud].flat().length === 1 && (payload.azp ?? clientId) === clientId
    const isFromNow = (payload.iat ?? Number.POSITIVE_INFINITY) <= Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS
    if (payload.nonce !== nonce || !isForUs || !isFromNow)
      throw new ProviderFailure('refused', 'the ID token is not for this sign-in')
    return payload
  }

  return {
    name: 'google',

    async authorize({ state, codeVerifier, nonce, purpose }) {
      const { authorizationEndpoint } = await findProvider()
      const { CodeChallengeMethod, OAuth2Client } = await import('arctic')
      const oauth = new OAuth2Client(clientId, clientSecret, redirectUri)
      const url = oauth.createAuthorizationURLWithPKCE(
        authorizationEndpoint,
        state,
        CodeChallengeMethod.S256,
        codeVerifier,
        SCOPES,
      )
      url.searchParams.set('nonce', nonce)
      for (const [key, value] of Object.entries(ASKED_FOR[purpose])) url.searchParams.set(key, value)
      return url
    },

    exchange: (response, { codeVerifier, nonce }) =>
      inTime(async () => {
        const provider = await findProvider()
        if (!isFrom(provider, response)) throw new ProviderFailure('refused', 'somebody else sent the code')
        const idToken = await redeem(response.code, codeVerifier, provider.tokenEndpoint)
        return toProfile(await verify(idToken, nonce, provider), provider)
      }),
  }
}

async function discover(issuer: string) {
  const response = await boundedFetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`).catch(
    raiseUnavailable,
  )
  const parsed = metadata.safeParse(await response.json().catch(raiseUnavailable))
  if (response.status !== 200 || !parsed.success)
    throw new ProviderFailure('unavailable', 'discovery gave no usable answer')
  if (parsed.data.issuer !== issuer) throw new ProviderFailure('refused', 'discovery names another issuer')
  const fetchKeys = (url: string, options: RequestInit) => boundedFetch(url, options)
  return {
    issuer,
    /** Google names its claims, and this one only comes to apps that it has verified: no request can rely on it. */
    saysWhen: parsed.data.claims_supported?.includes('auth_time') ?? true,
    namesItself: parsed.data.authorization_response_iss_parameter_supported,
    authorizationEndpoint: parsed.data.authorization_endpoint,
    tokenEndpoint: parsed.data.token_endpoint,
    // No pause between key refreshes: only the provider's own tokens ever name a new key.
    keys: createRemoteJWKSet(new URL(parsed.data.jwks_uri), {
      cooldownDuration: 0,
      [customFetch]: fetchKeys,
    }),
  }
}

/** RFC 9207 §2.4: one provider's code is never sent to another. */
function isFrom({ issuer, namesItself }: Discovered, response: AuthorizationResponse): boolean {
  return response.issuer === null ? !namesItself : response.issuer === issuer
}

/** Even when the provider is slow at every step, the person gets an answer in time. */
async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = new ProviderFailure('unavailable', 'the provider took too long')
  const timer = setTimeout(reject, EXCHANGE_AT_MOST_MS, late)
  return Promise.race([work(), promise]).finally(() => clearTimeout(timer))
}

/**
 * Google is the authority for gmail.com and, where `hd` is set, for the address of a Workspace account; otherwise the
 * address is a claim. `hd` need not be the domain of the address, which may be on a secondary domain of that Workspace.
 * Setting GOOGLE_ISSUER to another provider means trusting that one just as much.
 */
function toProfile(
  { sub, email, email_verified, hd, name, auth_time }: JWTPayload,
  { saysWhen }: Pick<Discovered, 'saysWhen'>,
): ProviderProfile {
  const unsaid = saysWhen ? null : 'untold'
  const address = typeof email === 'string' ? toEmailAddress(email) : null
  const isOwn = OWN_DOMAINS.includes(address?.split('@')[1] ?? '') || (typeof hd === 'string' && hd !== '')
  if (typeof sub !== 'string' || !SUBJECT.test(sub))
    throw new ProviderFailure('refused', 'the ID token names nobody')
  return {
    subject: sub,
    email: address,
    provedEmail: email_verified === true ? address : null,
    isSpokenFor: address !== null && email_verified === true && isOwn,
    name: typeof name === 'string' ? toName(name) : null,
    authenticatedAt: typeof auth_time === 'number' ? new Date(auth_time * 1000) : unsaid,
  }
}

function toName(text: string): string | null {
  return [...text.replace(/\p{C}/gu, '').trim()].slice(0, NAME_LENGTH).join('') || null
}

/** For the log: the operator can fix `invalid_client`, but not `invalid_grant` (RFC 6749 §5.2). */
async function readErrorCode(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null)
  const code = typeof body === 'object' && body !== null && 'error' in body ? body.error : null
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : 'without a reason'
}

function raiseUnavailable(cause: unknown): never {
  throw new ProviderFailure('unavailable', 'the provider did not answer', { cause })
}

/** Keys that cannot be fetched are the provider's problem; anything else means an ID token not to be trusted. */
function raiseUnverified(cause: unknown): never {
  const isRefused =
    cause instanceof errors.JOSEError &&
    !(cause instanceof errors.JWKSTimeout) &&
    !(cause instanceof errors.JWKSInvalid) &&
    cause.code !== 'ERR_JOSE_GENERIC'
  throw new ProviderFailure(isRefused ? 'refused' : 'unavailable', 'the ID token could not be verified', {
    cause,
  })
}
