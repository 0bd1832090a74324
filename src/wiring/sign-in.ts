import type { Config } from '../config.ts'
import {
  createVerificationService,
  type VerificationService,
} from '../domain/one-time-link/verification.service.ts'
import { createPasswordService } from '../domain/password/password.service.ts'
import { createLoginService } from '../features/login/login.service.ts'
import { createAdmissionService } from '../features/oauth/admission.service.ts'
import { createArrivalService } from '../features/oauth/arrival.service.ts'
import { createGoogleClient } from '../features/oauth/google.client.ts'
import { createOAuthService } from '../features/oauth/oauth.service.ts'
import { createRegisterService } from '../features/register/register.service.ts'
import { createAttemptLimits, toAddressKey } from '../platform/attempt-limits.ts'
import { deriveKeys } from '../platform/keys.ts'
import type { Ground } from './ground.ts'
import type { SessionArea } from './sessions.ts'

export type SignInArea = ReturnType<typeof wireSignIn>

/** The ways in: register, prove an address, sign in with a password or with Google. */
export function wireSignIn(ground: Ground, sessionArea: SessionArea) {
  const { config, world, repositories, transact } = ground
  const { log, clock } = world
  const passwords = createPasswordService({
    hasher: world.hasher,
    strength: world.strength,
    policy: config.passwordPolicy,
    portalName: config.portalName,
  })
  const verification = createVerificationService({
    repositories,
    transact,
    passwords,
    proofKeys: deriveKeys(config.secretKeys, 'registration proof'),
    baseUrl: config.baseUrl,
    clock,
  })
  const register = createRegisterService({
    repositories,
    transact,
    passwords,
    verification,
    mode: config.registration,
    loginUrl: `${config.baseUrl}/login`,
    clock,
  })
  const login = createLoginService({
    repositories,
    passwords,
    unverifiedMayEnter: config.registration === 'open',
    clock,
    log,
  })
  const oauth = config.google && wireGoogle(config.google, ground, { ...sessionArea, verification })
  return { passwords, verification, register, login, oauth, limits: wireLimits(ground) }
}

function wireGoogle(
  google: NonNullable<Config['google']>,
  { config, world, repositories, transact }: Ground,
  { sessions, verification }: SessionArea & { verification: VerificationService },
) {
  const { clock, log } = world
  const provider = createGoogleClient(google)
  const admission = createAdmissionService({
    provider,
    repositories,
    transact,
    sessions,
    verification,
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
    toAddressKey,
  }
}
