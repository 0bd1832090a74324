import type { AuditAction, Origin } from '../../domain/audit-event/audit-event.ts'
import type { VerificationService } from '../../domain/one-time-link/verification.service.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { EndedSessions } from '../../domain/session/session.ts'
import { toReadable } from '../../domain/time.ts'
import type { User, UserWithPasswordHash } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Arrival } from './arrival.ts'
import type { Provider, ProviderProfile } from './provider.ts'

export type AdmissionService = ReturnType<typeof createAdmissionService>

type Dependencies = {
  provider: Pick<Provider, 'name'>
  repositories: Repositories
  transact: Transact
  sessions: SessionService
  verification: VerificationService
  accountUrl: string
  clock: Clock
}

/**
 * What a sign-in through a provider changes, each time all of it or nothing. Null when somebody else was faster, so that
 * what was found no longer holds.
 */
export function createAdmissionService(dependencies: Dependencies) {
  const { provider, repositories, transact, sessions, verification, accountUrl, clock } = dependencies

  async function signUp(email: string, profile: ProviderProfile, origin: Origin): Promise<Arrival | null> {
    const now = clock.now()
    const newUser = {
      email,
      emailVerifiedAt: profile.isSpokenFor ? now : null,
      wantedUsername: null,
      displayName: profile.name,
      passwordHash: null,
      now,
    }
    const user = await transact<UserWithPasswordHash | null>(async (parts, undo) => {
      const user = await parts.users.insert(newUser)
      if (!user || !(await addIdentity(parts, user, profile, now))) return undo(null)
      await record(parts, 'user.registered', { user, origin, now })
      if (!user.emailVerifiedAt) await verification.sendLink(parts, user)
      return user
    })
    if (!user) return null
    if (user.emailVerifiedAt) return { outcome: 'signed-in', user, notice: 'welcome' }
    return { outcome: 'verification-sent', email, proof: toProof(profile) }
  }

  /** The newest registration of an address that nobody has proved counts, here as with a password. */
  async function replaceRegistration(owner: User, profile: ProviderProfile): Promise<Arrival | null> {
    const now = clock.now()
    const registration = { wantedUsername: null, displayName: profile.name, passwordHash: null, now }
    const isReplaced = await transact(async (parts, undo) => {
      // First, as confirming does: a link that is opened now proves the registration before this one, or nothing.
      await parts.links.deleteAllOfUser(owner.id)
      const isOpen = { registeredBefore: now }
      if (!(await parts.users.replaceRegistration(owner.email, registration, isOpen))) return undo(false)
      await parts.identities.deleteAllOfUser(owner.id)
      return (await addIdentity(parts, owner, profile, now)) || undo(false)
    })
    if (!isReplaced) return null
    await verification.resend(owner.email)
    return { outcome: 'verification-sent', email: owner.email, proof: toProof(profile) }
  }

  /** The provider speaks for the address, and so did our own mail: both are the same person. */
  async function link(owner: User, profile: ProviderProfile, origin: Origin): Promise<Arrival | null> {
    const now = clock.now()
    const user = await transact<UserWithPasswordHash | null>(async (parts, undo) => {
      if (!(await addIdentity(parts, owner, profile, now))) return undo(null)
      await record(parts, 'identity.linked', { user: owner, origin, now })
      const googleEmail = profile.email ?? owner.email
      const data = { name: owner.displayName, googleEmail, link: accountUrl, when: toReadable(now) }
      await parts.mails.insert(owner.email, { template: 'google-linked', data }, now)
      return (await findUnchanged(parts, owner)) ?? undo(null)
    })
    return user && { outcome: 'signed-in', user, notice: 'linked' }
  }

  /** Nobody had proved the address and now its owner has: what anybody prepared is gone. */
  async function takeOver(owner: User, profile: ProviderProfile, origin: Origin): Promise<Arrival | null> {
    const now = clock.now()
    const wasTheirs = await isOnlyOpenedBy(profile, owner)
    let ended: EndedSessions | null = null
    const user = await transact<UserWithPasswordHash | null>(async (parts, undo) => {
      await parts.links.deleteAllOfUser(owner.id)
      if (!(await parts.users.takeOver(owner.id, { displayName: profile.name, now }))) return undo(null)
      ended = await sessions.endAllOfUser(parts, { userId: owner.id, reason: 'taken-over', origin })
      await parts.identities.deleteAllOfUser(owner.id)
      if (!(await addIdentity(parts, owner, profile, now))) return undo(null)
      await record(parts, wasTheirs ? 'user.email_verified' : 'user.taken_over', { user: owner, origin, now })
      const data = { name: profile.name, link: accountUrl }
      if (!wasTheirs) await parts.mails.insert(owner.email, { template: 'google-took-over', data }, now)
      return (await findUnchanged(parts, owner)) ?? undo(null)
    })
    if (user && ended) await sessions.bury(ended)
    return user && { outcome: 'signed-in', user, notice: wasTheirs ? 'welcome' : 'taken-over' }
  }

  /** Then there is nobody else who could have prepared anything. */
  async function isOnlyOpenedBy({ subject }: ProviderProfile, { id }: User): Promise<boolean> {
    const [hasPassword, linked] = await Promise.all([
      repositories.users.hasPassword(id),
      repositories.identities.listOfUser(id),
    ])
    return !hasPassword && linked.length === 1 && linked[0]?.subject === subject
  }

  /** With the epoch of this moment, so that a session made of it dies with whatever comes after. */
  async function findUnchanged({ users }: Repositories, owner: User): Promise<UserWithPasswordHash | null> {
    const user = await users.findByIdWithPasswordHash(owner.id)
    return user?.isActive && user.emailVerifiedAt && user.email === owner.email ? user : null
  }

  /** False when this account of the provider is linked already. */
  function addIdentity({ identities }: Repositories, user: User, profile: ProviderProfile, now: Date) {
    const { subject, email } = profile
    const identity = { provider: provider.name, subject, userId: user.id, email: email ?? user.email }
    return identities.insert(identity, now)
  }

  async function record(
    { audit }: Repositories,
    action: AuditAction,
    { user, origin, now }: { user: User; origin: Origin; now: Date },
  ) {
    const details = { provider: provider.name }
    await audit.record({ at: now, action, actorId: user.id, subjectId: user.id, origin, details })
  }

  /** For the browser that signed up: the mailed link opens there. */
  function toProof({ subject }: ProviderProfile): string {
    return verification.toProof(`${provider.name} ${subject}`)
  }

  return { signUp, replaceRegistration, link, takeOver, toProof }
}
