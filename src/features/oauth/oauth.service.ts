import { createHmac } from 'node:crypto'
import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { IdentityService, Linking } from '../../domain/identity/identity.service.ts'
import type { OAuthAttempt } from '../../domain/oauth-attempt/oauth-attempt.repository.ts'
import type { Repositories } from '../../domain/repositories.ts'
import { hashSecret, randomSecret } from '../../domain/secret.ts'
import type { Member } from '../../domain/session/session.ts'
import { earlier, later, MINUTE_MS, SECOND_MS } from '../../domain/time.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Tally } from '../../platform/tally.ts'
import type { ArrivalService } from './arrival.service.ts'
import type { Arrival, Proof } from './arrival.ts'
import { type Provider, ProviderFailure, type ProviderProfile } from './provider.ts'

export type OAuthService = ReturnType<typeof createOAuthService>
/** What the browser brings back: a code, or why there is none. `issuer` is the claimed sender. */
export type Callback = { state: string; issuer: string | null } & (
  | { code: string; error: null }
  | { code: null; error: string }
)
type Setback = { outcome: 'cancelled' | 'unavailable' | 'refused' }
type Wish = Pick<OAuthAttempt, 'purpose' | 'returnTo' | 'remember' | 'sessionId' | 'typed'>
export type Finish =
  | ((Arrival | Setback) & Pick<Wish, 'returnTo' | 'remember' | 'typed'> & { purpose: 'sign-in' })
  | ((Proof | Setback) & Pick<Wish, 'returnTo' | 'typed'> & { purpose: 'proof' })
  | ((Linking | Setback) & { purpose: 'link' })
  /** Nobody knows what it was for, or it is not for whoever comes back. */
  | { outcome: 'no-attempt'; purpose: null }
/** `member` is the person signed in here in the browser that comes back. */
type Return = { browser: string; origin: Origin; member: Member | null }

type Dependencies = {
  provider: Provider
  arrivals: ArrivalService
  identities: IdentityService
  repositories: Repositories
  tally: Tally
  clock: Clock
  log: Log
}

const ATTEMPT_LASTS_MS = 10 * MINUTE_MS
const ATTEMPTS_OF_ONE_BROWSER = 5
const CLOCKS_DIFFER_MS = 30 * SECOND_MS

/** Neither a sign-in, nor a step towards one, nor the person's own doing. */
const REFUSALS: (Arrival | Setback)['outcome'][] = [
  'closed',
  'no-address',
  'disabled',
  'refused',
  'unavailable',
]

const nobodys = { outcome: 'no-attempt', purpose: null } as const

/** To a provider and back: to sign in or up, to prove who one is, to link an account. `browser` is a secret that only the browser that started it holds. */
export function createOAuthService(dependencies: Dependencies) {
  const { provider, arrivals, identities, repositories, tally, clock, log } = dependencies
  const { oauthAttempts, users, sessions } = repositories

  /** What comes of what the provider says, or why it says nothing that counts. */
  async function hear<T>(
    callback: Callback,
    browser: string,
    judge: (profile: ProviderProfile) => Promise<T>,
  ): Promise<T | Setback> {
    if (callback.code === null)
      return { outcome: callback.error === 'access_denied' ? 'cancelled' : 'refused' }
    try {
      return await judge(await provider.exchange(callback, deriveSecrets(browser, callback.state)))
    } catch (error) {
      return { outcome: toReason(error) }
    }
  }

  /** By the very account that opens this user's door, and not by what the provider remembers from before. */
  async function prove(
    { subject, provedEmail: email, authenticatedAt }: ProviderProfile,
    { createdAt }: OAuthAttempt,
    { user: { id: userId } }: Member,
  ): Promise<Proof | Setback> {
    // REQUIRED where `max_age` was asked for (OpenID Connect Core §2).
    if (authenticatedAt === null) return { outcome: 'refused' }
    if (authenticatedAt !== 'untold' && authenticatedAt < earlier(createdAt, CLOCKS_DIFFER_MS))
      return { outcome: 'not-again' }
    const user = await users.findByIdWithPasswordHash(userId)
    // Asked now that the user was read: what ends the link afterwards raises the epoch that the session goes on with.
    const key = { provider: provider.name, subject, userId }
    const isTheirs = await repositories.identities.markUsed(key, { email, now: clock.now() })
    return user && isTheirs ? { outcome: 'proved', user } : { outcome: 'somebody-else' }
  }

  /** The very session that began it, also where it goes on under a new secret by now. */
  async function isOfSession({ sessionId }: OAuthAttempt, { user, session }: Member): Promise<boolean> {
    if (sessionId === null) return false
    return sessionId === session.id || sessions.isSame(user.id, sessionId, session.id)
  }

  function toReason(error: unknown) {
    if (!(error instanceof ProviderFailure)) throw error
    log.warn({ err: error, provider: provider.name }, 'a sign-in through a provider failed')
    return error.reason
  }

  return {
    /** Where to send the browser. Null when the provider does not answer. */
    async start({ browser, ...wish }: { browser: string } & Wish): Promise<URL | null> {
      const now = clock.now()
      const state = randomSecret()
      const request = { state, ...deriveSecrets(browser, state), purpose: wish.purpose }
      const url = await provider.authorize(request).catch(toReason)
      if (!(url instanceof URL)) return null
      await oauthAttempts.insert({
        ...wish,
        stateHash: hashSecret(state),
        browserHash: hashSecret(browser),
        provider: provider.name,
        createdAt: now,
        expiresAt: later(now, ATTEMPT_LASTS_MS),
      })
      await oauthAttempts.forgetOldest(hashSecret(browser), ATTEMPTS_OF_ONE_BROWSER)
      return url
    },

    /** The provider is asked only for an attempt of this browser, and once. */
    async finish(callback: Callback, { browser, origin, member }: Return): Promise<Finish> {
      const attempt = await oauthAttempts.take({
        stateHash: hashSecret(callback.state),
        browserHash: hashSecret(browser),
        provider: provider.name,
      })
      if (!attempt) return nobodys
      const { purpose, returnTo, remember, typed } = attempt
      const isInTime = attempt.expiresAt > clock.now()
      if (purpose === 'sign-in') {
        if (!isInTime) return nobodys
        const arrive = (profile: ProviderProfile) => arrivals.arrive(profile, { origin, returnTo })
        const arrival = await hear(callback, browser, arrive)
        if (REFUSALS.includes(arrival.outcome)) tally.countSignIn(provider.name, 'refused')
        return { ...arrival, returnTo, remember, typed, purpose }
      }
      const isTheirs = isInTime && member !== null && (await isOfSession(attempt, member))
      if (!isTheirs) return purpose === 'link' ? { outcome: 'ended', purpose } : nobodys
      if (purpose === 'proof') {
        const judge = (profile: ProviderProfile) => prove(profile, attempt, member)
        return { ...(await hear(callback, browser, judge)), returnTo, typed, purpose }
      }
      const link = ({ subject, provedEmail: email }: ProviderProfile) =>
        identities.link(member, { provider: provider.name, subject, email }, origin)
      return { ...(await hear(callback, browser, link)), purpose }
    },
  }
}

/** Verifier and nonce are derived from the browser's secret, so nothing stored here helps to finish an attempt. */
function deriveSecrets(browser: string, state: string) {
  const derive = (purpose: string) =>
    createHmac('sha256', browser).update(`${purpose} ${state}`).digest('base64url')
  return { codeVerifier: derive('verifier'), nonce: derive('nonce') }
}
