import type { Config } from '../config.ts'
import { createIdentityService, type IdentityService } from '../domain/identity/identity.service.ts'
import { createIdentityNotice, type IdentityNotice } from '../domain/identity/identity-notice.ts'
import { createStrain } from '../domain/user/strain.ts'
import { createLoginService } from '../features/login/login.service.ts'
import { createAdmissionService } from '../features/oauth/admission.service.ts'
import { createArrivalService } from '../features/oauth/arrival.service.ts'
import { createGoogleClient } from '../features/oauth/google.client.ts'
import { createOAuthService } from '../features/oauth/oauth.service.ts'
import { createReauthenticateService } from '../features/reauthenticate/reauthenticate.service.ts'
import { createAttemptLimits } from '../platform/attempt-limits.ts'
import type { Ground } from './ground.ts'
import type { RegistrationArea } from './registration.ts'
import type { SessionArea } from './sessions.ts'

export type SignInArea = ReturnType<typeof wireSignIn>

/** The ways in: with a password or with Google. */
export function wireSignIn(ground: Ground, needs: SessionArea & RegistrationArea) {
  const { config, world, repositories, transact, tellOwner, comeBack } = ground
  const { baseUrl, sendsMail } = config
  const { afterwards, tally, clock, log, redis, sql } = world
  const limits = createAttemptLimits({ redis, database: sql.database })
  const login = createLoginService({
    repositories,
    passwords: needs.passwords,
    limits,
    strain: createStrain({ transact, tellOwner, baseUrl, sendsMail, afterwards, clock }),
    comeBack,
    unverifiedMayEnter: config.registration === 'open' || config.isProofOptional,
    afterwards,
    tally,
    clock,
    log,
  })
  const identityNotice = createIdentityNotice({ tellOwner, clock })
  const identities = createIdentityService({
    repositories,
    transact,
    sessions: needs.sessions,
    tellOwner: identityNotice,
    providers: config.google ? ['google'] : [],
    clock,
  })
  const oauth =
    config.google &&
    wireGoogle(config.google, ground, {
      ...needs,
      identities,
      tellOwner: identityNotice,
    })
  const reauthenticate = createReauthenticateService({
    repositories,
    authenticate: login.authenticate,
    hasGoogle: oauth !== null,
  })
  return { login, oauth, limits, reauthenticate, identities }
}

function wireGoogle(
  google: NonNullable<Config['google']>,
  { config, world, repositories, transact, describeRequest, comeBack }: Ground,
  needs: SessionArea & RegistrationArea & { identities: IdentityService; tellOwner: IdentityNotice },
) {
  const { sessions, verification, verificationMails, registrationProofs, welcome, handOver } = needs
  const { identities, tellOwner } = needs
  const { tally, clock, log } = world
  const provider = createGoogleClient(google)
  const admission = createAdmissionService({
    provider,
    repositories,
    transact,
    sessions,
    mails: verificationMails,
    welcome,
    proofs: registrationProofs,
    handOver,
    tellOwner,
    accountUrl: `${config.baseUrl}/account`,
    describeRequest,
    isProofOptional: config.isProofOptional,
    clock,
  })
  const { registration, isProofOptional } = config
  const arrivals = createArrivalService({
    provider,
    admission,
    repositories,
    verification,
    comeBack,
    registration,
    isProofOptional,
    clock,
  })
  return createOAuthService({ provider, arrivals, identities, repositories, tally, clock, log })
}
