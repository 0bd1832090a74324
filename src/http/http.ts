import type { AccessTokenService } from '../domain/access-token/access-token.service.ts'
import type { SessionService } from '../domain/session/session.service.ts'
import type { AttemptLimits } from '../platform/attempt-limits.ts'
import type { Clock } from '../platform/clock.ts'
import { type Cookies, createCookies } from './cookies.ts'
import { createKnownBrowser } from './known-browser.ts'
import { createHttpSessions, type HttpSessions } from './session.ts'
import { SessionStore } from './session-store.ts'
import { createThrottle, type Throttle } from './throttle.ts'

/** What the faces share: recognising callers, slowing guessers down and writing cookies. */
export type Http = { cookies: Cookies; sessions: HttpSessions; throttle: Throttle }

type Dependencies = {
  sessions: SessionService
  accessTokens: AccessTokenService
  limits: AttemptLimits
  redis: ConstructorParameters<typeof SessionStore>[0]['redis']
  /** A key per purpose for every SECRET_KEY, the newest first. */
  keysFor: (purpose: string) => Buffer[]
  portal: string
  isProofOptional: boolean
  clock: Clock
}

export function createHttp(dependencies: Dependencies): Http {
  const { sessions, accessTokens, limits, redis, keysFor, portal, isProofOptional, clock } = dependencies
  const cookies = createCookies({ isHttps: portal.startsWith('https:'), keys: keysFor('cookies') })
  const store = new SessionStore({ sessions, redis })
  const knownBrowser = createKnownBrowser({ cookies, keys: keysFor('known browsers') })
  return {
    cookies,
    sessions: createHttpSessions({
      sessions,
      accessTokens,
      store,
      cookies,
      knownBrowser,
      keys: keysFor('session cookie'),
      portal,
      isProofOptional,
      clock,
    }),
    throttle: createThrottle({ limits, knownBrowser }),
  }
}
