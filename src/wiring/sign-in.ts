import type { Config } from '../config.ts'
import { createLoginService } from '../features/login/login.service.ts'
import { createAdmissionService } from '../features/oauth/admission.service.ts'
import { createArrivalService } from '../features/oauth/arrival.service.ts'
import { createGoogleClient } from '../features/oauth/google.client.ts'
import { createOAuthService } from '../features/oauth/oauth.service.ts'
import { createAttemptLimits, toAddressKey } from '../platform/attempt-limits.ts'
import type { Ground } from './ground.ts'
import type { RegistrationArea } from './registration.ts'
import type { SessionArea } from './sessions.ts'

const HOUR_SECONDS = 60 * 60
const DAY_SECONDS = 24 * HOUR_SECONDS

export type SignInArea = ReturnType<typeof wireSignIn>

/** The ways in: with a password or with Google. */
export function wireSignIn(ground: Ground, needs: SessionArea & RegistrationArea) {
  const { config, world, repositories } = ground
  const { afterwards, clock } = world
  const login = createLoginService({
    repositories,
    passwords: needs.passwords,
    unverifiedMayEnter: config.registration === 'open',
    afterwards,
    clock,
  })
  const oauth = config.google && wireGoogle(config.google, ground, needs)
  return { login, oauth, limits: wireLimits(ground) }
}

function wireGoogle(
  google: NonNullable<Config['google']>,
  { config, world, repositories, transact }: Ground,
  { sessions, verification, verificationMails, registrationProofs, handOver }: SessionArea & RegistrationArea,
) {
  const { clock, log } = world
  const provider = createGoogleClient(google)
  const admission = createAdmissionService({
    provider,
    repositories,
    transact,
    sessions,
    verification,
    mails: verificationMails,
    proofs: registrationProofs,
    handOver,
    accountUrl: `${config.baseUrl}/account`,
    clock,
  })
  const { registration } = config
  const arrivals = createArrivalService({
    provider,
    admission,
    repositories,
    verification,
    registration,
    clock,
  })
  return createOAuthService({ provider, arrivals, repositories, clock, log })
}

function wireLimits({ world: { redis, sql } }: Ground) {
  const attemptLimit = createAttemptLimits({ redis, database: sql.database })
  return {
    signInsPerAccount: attemptLimit({ name: 'sign-in-account', points: 5, durationSeconds: 300 }),
    signInsPerBrowser: attemptLimit({ name: 'sign-in-browser', points: 5, durationSeconds: 300 }),
    requestsPerAddress: attemptLimit({ name: 'address', points: 10, durationSeconds: 60 }),
    codesPerRegistration: attemptLimit({ name: 'code', points: 5, durationSeconds: 3 * DAY_SECONDS }),
    codesPerEmail: attemptLimit({ name: 'code-email', points: 50, durationSeconds: DAY_SECONDS }),
    codesPerAddress: attemptLimit({ name: 'code-address', points: 20, durationSeconds: HOUR_SECONDS }),
    codesOfAll: attemptLimit({ name: 'code-all', points: 300, durationSeconds: HOUR_SECONDS }),
    toAddressKey,
  }
}
