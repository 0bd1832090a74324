import { createHmac } from 'node:crypto'
import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { OAuthAttempt } from '../../domain/oauth-attempt/oauth-attempt.repository.ts'
import type { VerificationService } from '../../domain/one-time-link/verification.service.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import { hashSecret, randomSecret } from '../../domain/secret.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { Grave } from '../../domain/session/tombstones.ts'
import { later, MINUTE_MS, toReadable } from '../../domain/time.ts'
import type { User, UserWithPasswordHash } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import { type Provider, ProviderFailure, type ProviderProfile } from './provider.ts'

export type OAuthService = ReturnType<typeof createOAuthService>
export type Notice = 'welcome' | 'linked' | 'taken-over' | null
/** What a verified profile leads to. */
type Arrival =
  | { outcome: 'signed-in'; user: UserWithPasswordHash; notice: Notice }
  | { outcome: 'verification-sent'; email: string; proof: string | null }
  | { outcome: 'sign-in-first'; email: string }
  | { outcome: 'closed' | 'no-address' | 'refused' }
export type Finish =
  | (Arrival & Pick<OAuthAttempt, 'returnTo' | 'remember'>)
  | { outcome: 'no-attempt' | 'cancelled' | 'unavailable' | 'refused' }

type Callback = { state: string; code: string | null; browser: string }
type Dependencies = {
  provider: Provider
  repositories: Repositories
  transact: Transact
  sessions: SessionService
  verification: VerificationService
  registrationIsOpen: boolean
  accountUrl: string
  clock: Clock
  log: Log
}

const ATTEMPT_LASTS_MS = 10 * MINUTE_MS
const ATTEMPTS_OF_ONE_BROWSER = 5
const ARRIVALS_AT_MOST = 3

/** Sign-in and sign-up through a provider. `browser` is a secret that only the browser which starts holds. */
export function createOAuthService(dependencies: Dependencies) {
  const {
    provider,
    repositories,
    transact,
    sessions,
    verification,
    registrationIsOpen,
    accountUrl,
    clock,
    log,
  } = dependencies

  async function start({
    browser,
    returnTo,
    remember,
  }: {
    browser: string
    returnTo: string
    remember: boolean
  }): Promise<URL> {
    const now = clock.now()
    const state = randomSecret()
    const url = await provider.authorize({ state, ...deriveSecrets(browser, state) })
    await repositories.oauthAttempts.insert({
      stateHash: hashSecret(state),
      browserHash: hashSecret(browser),
      provider: provider.name,
      remember,
      returnTo,
      createdAt: now,
      expiresAt: later(now, ATTEMPT_LASTS_MS),
    })
    await repositories.oauthAttempts.forgetOldest(hashSecret(browser), ATTEMPTS_OF_ONE_BROWSER)
    return url
  }

  /** The provider is asked only for an attempt of this browser, and once. */
  async function finish({ state, code, browser }: Callback, origin: Origin): Promise<Finish> {
    const key = { stateHash: hashSecret(state), browserHash: hashSecret(browser), provider: provider.name }
    const attempt = await repositories.oauthAttempts.take(key, clock.now())
    if (!attempt) return { outcome: 'no-attempt' }
    if (code === null) return { outcome: 'cancelled' }
    try {
      const profile = await provider.exchange(code, deriveSecrets(browser, state))
      return { ...(await arrive(profile, origin)), returnTo: attempt.returnTo, remember: attempt.remember }
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error
      log.warn({ err: error, provider: provider.name }, 'a sign-in through a provider failed')
      return { outcome: error.reason }
    }
  }

  /** Of several tabs that arrive with one new account, one creates it and the others find it. */
  async function arrive(profile: ProviderProfile, origin: Origin): Promise<Arrival> {
    for (let attempt = 0; attempt < ARRIVALS_AT_MOST; attempt++) {
      const arrival = await findDoor(profile, origin)
      if (arrival) return arrival
    }
    return { outcome: 'refused' }
  }

  /** Null when somebody else changed what was found meanwhile. */
  async function findDoor(profile: ProviderProfile, origin: Origin): Promise<Arrival | null> {
    const identity = await repositories.identities.find({ provider: provider.name, subject: profile.subject })
    if (identity) return enterAs(identity.userId, profile, origin)
    if (!profile.email) return { outcome: 'no-address' }
    const owner = await repositories.users.findByEmail(profile.email)
    if (!owner) return registrationIsOpen ? signUp(profile.email, profile, origin) : { outcome: 'closed' }
    if (!owner.isActive) return { outcome: 'refused' }
    if (owner.emailVerifiedAt)
      return profile.isSpokenFor
        ? link(owner, profile, origin)
        : { outcome: 'sign-in-first', email: owner.email }
    if (profile.isSpokenFor) return takeOver(owner, profile, origin)
    await verification.resend(owner.email)
    return { outcome: 'verification-sent', email: owner.email, proof: null }
  }

  async function enterAs(userId: string, profile: ProviderProfile, origin: Origin): Promise<Arrival | null> {
    const user = await repositories.users.findByIdWithPasswordHash(userId)
    if (!user?.isActive) return { outcome: 'refused' }
    const now = clock.now()
    if (!user.emailVerifiedAt) {
      if (!profile.isSpokenFor || profile.email !== user.email) {
        await verification.resend(user.email)
        return { outcome: 'verification-sent', email: user.email, proof: toProof(profile) }
      }
      await transact(async ({ users, audit }) => {
        await users.markVerified(user.id, now)
        await audit.record({
          at: now,
          action: 'user.email_verified',
          actorId: user.id,
          subjectId: user.id,
          origin,
        })
      })
    }
    await repositories.identities.markUsed(
      { provider: provider.name, subject: profile.subject },
      { email: profile.email, now },
    )
    return { outcome: 'signed-in', user, notice: null }
  }

  async function signUp(email: string, profile: ProviderProfile, origin: Origin): Promise<Arrival | null> {
    const now = clock.now()
    const emailVerifiedAt = profile.isSpokenFor ? now : null
    const newUser = {
      email,
      emailVerifiedAt,
      wantedUsername: null,
      displayName: profile.name,
      passwordHash: null,
      now,
    }
    const user = await transactUnlessTaken(async (parts) => {
      const user = (await parts.users.insert(newUser)) ?? raiseTaken()
      await addIdentity(parts, user, profile, now)
      await parts.audit.record({
        at: now,
        action: 'user.registered',
        actorId: user.id,
        subjectId: user.id,
        origin,
        details: { provider: provider.name },
      })
      if (!emailVerifiedAt) await verification.sendLink(parts, user)
      return user
    })
    if (!user) return null
    if (emailVerifiedAt) return { outcome: 'signed-in', user, notice: 'welcome' }
    return { outcome: 'verification-sent', email, proof: toProof(profile) }
  }

  /** The provider speaks for the address, and so did our own mail: both are the same person. */
  async function link(owner: User, profile: ProviderProfile, origin: Origin): Promise<Arrival | null> {
    const now = clock.now()
    const user = await transactUnlessTaken(async (parts) => {
      await addIdentity(parts, owner, profile, now)
      await parts.audit.record({
        at: now,
        action: 'identity.linked',
        actorId: owner.id,
        subjectId: owner.id,
        origin,
        details: { provider: provider.name },
      })
      const data = {
        name: owner.displayName,
        googleEmail: owner.email,
        link: accountUrl,
        when: toReadable(now),
      }
      await parts.mails.insert(owner.email, { template: 'google-linked', data }, now)
      return parts.users.findByIdWithPasswordHash(owner.id)
    })
    return user && { outcome: 'signed-in', user, notice: 'linked' }
  }

  /** Nobody had proved the address and now its owner has: what a stranger prepared is gone. */
  async function takeOver(owner: User, profile: ProviderProfile, origin: Origin): Promise<Arrival | null> {
    const now = clock.now()
    let graves: Grave[] = []
    const user = await transactUnlessTaken(async (parts) => {
      if (!(await parts.users.takeOver(owner.id, { displayName: profile.name, now }))) raiseTaken()
      graves = await sessions.endAllOfUser(parts, { userId: owner.id, reason: 'taken-over', origin })
      await parts.identities.deleteAllOfUser(owner.id)
      await parts.links.deleteAllOfUser(owner.id)
      await addIdentity(parts, owner, profile, now)
      await parts.audit.record({
        at: now,
        action: 'user.taken_over',
        actorId: owner.id,
        subjectId: owner.id,
        origin,
        details: { provider: provider.name },
      })
      await parts.mails.insert(
        owner.email,
        { template: 'google-took-over', data: { name: profile.name, link: accountUrl } },
        now,
      )
      return parts.users.findByIdWithPasswordHash(owner.id)
    })
    await sessions.bury(graves)
    return user && { outcome: 'signed-in', user, notice: 'taken-over' }
  }

  async function addIdentity({ identities }: Repositories, user: User, profile: ProviderProfile, now: Date) {
    const identity = {
      provider: provider.name,
      subject: profile.subject,
      userId: user.id,
      email: profile.email ?? user.email,
    }
    if (!(await identities.insert(identity, now))) raiseTaken()
  }

  async function transactUnlessTaken<T>(work: (parts: Repositories) => Promise<T>): Promise<T | null> {
    try {
      return await transact(work)
    } catch (error) {
      if (error instanceof Taken) return null
      throw error
    }
  }

  function toProof({ subject }: ProviderProfile) {
    return verification.toProof(`${provider.name} ${subject}`)
  }

  return { start, finish }
}

class Taken extends Error {}

function raiseTaken(): never {
  throw new Taken()
}

/** Verifier and nonce come from the browser's secret, so nothing that is stored helps to finish an attempt. */
function deriveSecrets(browser: string, state: string) {
  const derive = (purpose: string) =>
    createHmac('sha256', browser).update(`${purpose} ${state}`).digest('base64url')
  return { codeVerifier: derive('verifier'), nonce: derive('nonce') }
}
