import { createHmac } from 'node:crypto'
import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { OAuthAttempt } from '../../domain/oauth-attempt/oauth-attempt.repository.ts'
import type { Repositories } from '../../domain/repositories.ts'
import { hashSecret, randomSecret } from '../../domain/secret.ts'
import { later, MINUTE_MS } from '../../domain/time.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { ArrivalService } from './arrival.service.ts'
import type { Arrival, Visit } from './arrival.ts'
import { type Provider, ProviderFailure } from './provider.ts'

export type OAuthService = ReturnType<typeof createOAuthService>
/** What the browser brings back: a code, or why there is none. `issuer` is who says to have sent it. */
export type Callback = { state: string; issuer: string | null } & (
  | { code: string; error: null }
  | { code: null; error: string }
)
type Setback = { outcome: 'cancelled' | 'unavailable' | 'refused' }
type Wish = Pick<OAuthAttempt, 'returnTo' | 'remember'>
export type Finish = ((Arrival | Setback) & Wish) | { outcome: 'no-attempt' }

type Dependencies = {
  provider: Provider
  arrivals: ArrivalService
  repositories: Repositories
  clock: Clock
  log: Log
}

const ATTEMPT_LASTS_MS = 10 * MINUTE_MS
const ATTEMPTS_OF_ONE_BROWSER = 5

/** Sign-in and sign-up through a provider. `browser` is a secret that only the browser which starts holds. */
export function createOAuthService({ provider, arrivals, repositories, clock, log }: Dependencies) {
  const { oauthAttempts } = repositories

  async function comeBack(callback: Callback, browser: string, visit: Visit): Promise<Arrival | Setback> {
    if (callback.code === null)
      return { outcome: callback.error === 'access_denied' ? 'cancelled' : 'refused' }
    try {
      const profile = await provider.exchange(callback, deriveSecrets(browser, callback.state))
      return await arrivals.arrive(profile, visit)
    } catch (error) {
      return { outcome: toReason(error) }
    }
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
      const url = await provider.authorize({ state, ...deriveSecrets(browser, state) }).catch(toReason)
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
    async finish(
      callback: Callback,
      { browser, origin }: { browser: string; origin: Origin },
    ): Promise<Finish> {
      const attempt = await oauthAttempts.take(
        { stateHash: hashSecret(callback.state), browserHash: hashSecret(browser), provider: provider.name },
        clock.now(),
      )
      if (!attempt) return { outcome: 'no-attempt' }
      const { returnTo, remember } = attempt
      return { ...(await comeBack(callback, browser, { origin, returnTo })), returnTo, remember }
    },
  }
}

/** Verifier and nonce come from the browser's secret, so nothing that is stored helps to finish an attempt. */
function deriveSecrets(browser: string, state: string) {
  const derive = (purpose: string) =>
    createHmac('sha256', browser).update(`${purpose} ${state}`).digest('base64url')
  return { codeVerifier: derive('verifier'), nonce: derive('nonce') }
}
