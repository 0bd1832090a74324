import { CodeChallengeMethod, OAuth2Client, OAuth2Tokens } from 'arctic'
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { toEmailAddress } from '../../domain/user/email-address.ts'
import { boundedFetch } from '../../platform/bounded-fetch.ts'
import { type Provider, ProviderFailure, type ProviderProfile } from './provider.ts'

type Settings = { clientId: string; clientSecret: string; issuer: string; redirectUri: string }
type Discovered = Awaited<ReturnType<typeof discover>>

const SCOPES = ['openid', 'email', 'profile']
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
const DISCOVERY_LASTS_MS = 60 * 60 * 1000
const CLOCK_TOLERANCE_SECONDS = 30
const JWKS_TIMEOUT_MS = 5_000
const NAME_LENGTH = 80
const OWN_DOMAINS = ['gmail.com', 'googlemail.com']

const metadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
})

/** Google, or any provider of OpenID Connect that GOOGLE_ISSUER names (OpenID Connect Core §3.1). */
export function createGoogleClient({ clientId, clientSecret, issuer, redirectUri }: Settings): Provider {
  const oauth = new OAuth2Client(clientId, clientSecret, redirectUri)
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
      throw new ProviderFailure('refused', 'the code was refused')
    if (response.status !== 200)
      throw new ProviderFailure('unavailable', `the token endpoint answered ${response.status}`)
    const tokens = new OAuth2Tokens((await response.json().catch(raiseUnavailable)) ?? {})
    try {
      return tokens.idToken()
    } catch (cause) {
      throw new ProviderFailure('refused', 'there is no ID token', { cause })
    }
  }

  async function verify(idToken: string, nonce: string, { issuer, keys }: Discovered): Promise<JWTPayload> {
    const { payload } = await jwtVerify(idToken, keys, {
      issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    }).catch(raiseUnverified)
    const isForUs = !Array.isArray(payload.aud) || payload.aud.length === 1 || payload.azp === clientId
    const isFromNow = (payload.iat ?? Number.POSITIVE_INFINITY) <= Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS
    if (payload.nonce !== nonce || !isForUs || !isFromNow)
      throw new ProviderFailure('refused', 'the ID token is not for this sign-in')
    return payload
  }

  return {
    name: 'google',

    async authorize({ state, codeVerifier, nonce }) {
      const { authorizationEndpoint } = await findProvider()
      const url = oauth.createAuthorizationURLWithPKCE(
        authorizationEndpoint,
        state,
        CodeChallengeMethod.S256,
        codeVerifier,
        SCOPES,
      )
      url.searchParams.set('nonce', nonce)
      return url
    },

    async exchange(code, { codeVerifier, nonce }) {
      const provider = await findProvider()
      const idToken = await redeem(code, codeVerifier, provider.tokenEndpoint)
      return toProfile(await verify(idToken, nonce, provider))
    },
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
    authorizationEndpoint: parsed.data.authorization_endpoint,
    tokenEndpoint: parsed.data.token_endpoint,
    keys: createRemoteJWKSet(new URL(parsed.data.jwks_uri), {
      timeoutDuration: JWKS_TIMEOUT_MS,
      [customFetch]: fetchKeys,
    }),
  }
}

/** Google is the authority for gmail.com and, where `hd` is set, for a Workspace domain; otherwise the address is a claim. */
function toProfile({ sub, email, email_verified, hd, name }: JWTPayload): ProviderProfile {
  const address = typeof email === 'string' ? toEmailAddress(email) : null
  const isOwn = OWN_DOMAINS.includes(address?.split('@')[1] ?? '') || (typeof hd === 'string' && hd !== '')
  if (!sub) throw new ProviderFailure('refused', 'the ID token names nobody')
  return {
    subject: sub,
    email: address,
    isSpokenFor: address !== null && email_verified === true && isOwn,
    name:
      typeof name === 'string'
        ? [...name.replace(/\p{C}/gu, '')].slice(0, NAME_LENGTH).join('') || null
        : null,
  }
}

function raiseUnavailable(cause: unknown): never {
  throw new ProviderFailure('unavailable', 'the provider did not answer', { cause })
}

/** Keys that cannot be fetched are the provider's trouble; everything else is an ID token that must not be believed. */
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
