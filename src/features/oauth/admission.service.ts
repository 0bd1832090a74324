import type { AuditAction, Origin } from '../../domain/audit-event/audit-event.ts'
import type { Identity } from '../../domain/identity/identity.repository.ts'
import type { IdentityNotice } from '../../domain/identity/identity-notice.ts'
import type { RegistrationProofs } from '../../domain/one-time-link/registration-proofs.ts'
import type { VerificationMails } from '../../domain/one-time-link/verification-mails.ts'
import type { DescribeRequest } from '../../domain/outgoing-mail/circumstances.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { EndedSessions } from '../../domain/session/session.ts'
import type { HandOver } from '../../domain/user/hand-over.ts'
import type { User, UserWithPasswordHash } from '../../domain/user/user.ts'
import type { Welcome } from '../../domain/user/welcome.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Arrival, Visit } from './arrival.ts'
import type { Provider, ProviderProfile } from './provider.ts'

export type AdmissionService = ReturnType<typeof createAdmissionService>

type Dependencies = {
  provider: Pick<Provider, 'name'>
  repositories: Repositories
  transact: Transact
  sessions: SessionService
  mails: VerificationMails
  welcome: Welcome
  proofs: RegistrationProofs
  handOver: HandOver
  tellOwner: IdentityNotice
  accountUrl: string
  describeRequest: DescribeRequest
  /** Then an account may be used before its address is proved. */
  isProofOptional: boolean
  clock: Clock
}

/**
 * What a sign-in through a provider changes, always all or nothing. Null when somebody else was faster and what was found no
 * longer holds.
 */
export function createAdmissionService(dependencies: Dependencies) {
  const { provider, repositories, transact, sessions, mails, proofs, handOver, tellOwner, welcome } =
    dependencies
  const { accountUrl, describeRequest, isProofOptional, clock } = dependencies

  async function signUp(email: string, profile: ProviderProfile, visit: Visit): Promise<Arrival | null> {
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
      await record(parts, 'user.registered', { user, origin: visit.origin, now })
      const wish = { template: 'verify-email', returnTo: visit.returnTo } as const
      if (user.emailVerifiedAt) await welcome(parts, user)
      else await mails.sendIfRoom(parts, user, wish)
      return user
    })
    if (!user) return null
    if (user.emailVerifiedAt || isProofOptional) return { outcome: 'signed-in', user, notice: 'welcome' }
    return awaitMail(user, profile)
  }

  /** The newest registration of an address that nobody has proved counts, here as with a password. */
  async function replaceRegistration(
    owner: UserWithPasswordHash,
    profile: ProviderProfile,
    { returnTo }: Visit,
  ): Promise<Arrival | null> {
    const now = clock.now()
    const registration = { wantedUsername: null, displayName: profile.name, passwordHash: null, now }
    const isReplaced = await transact(async (parts, undo) => {
      const isOpen = { registeredBefore: now }
      if (!(await parts.users.replaceRegistration(owner, registration, isOpen))) return undo(false)
      await parts.identities.deleteAllOfUser(owner.id)
      if (!(await addIdentity(parts, owner, profile, now))) return undo(false)
      await mails.renew(parts, owner, { template: 'verify-email', returnTo })
      return true
    })
    if (!isReplaced) return null
    await sessions.showChanged(owner.id)
    return awaitMail(owner, profile)
  }

  /** The provider speaks for the address, and so did our own mail: both are the same person. */
  async function link(
    owner: UserWithPasswordHash,
    profile: ProviderProfile,
    { origin }: Visit,
  ): Promise<Arrival | null> {
    const now = clock.now()
    const user = await transact<UserWithPasswordHash | null>(async (parts, undo) => {
      if (!(await parts.users.hold(owner)) || (await hasAnother(parts, owner))) return undo(null)
      if (!(await addIdentity(parts, owner, profile, now))) return undo(null)
      const identity = { provider: provider.name, email: profile.email ?? owner.email }
      await tellOwner(parts, owner, { how: 'linked', identity, origin })
      return (await findUnchanged(parts, owner)) ?? undo(null)
    })
    return user && { outcome: 'signed-in', user, notice: 'linked' }
  }

  /** Nobody had proved the address, and now its owner has: anything that others prepared is removed. */
  async function takeOver(
    owner: UserWithPasswordHash,
    profile: ProviderProfile,
    { origin }: Visit,
  ): Promise<Arrival | null> {
    if (await isUntouched(owner, profile)) return confirm(owner, profile, origin)
    const now = clock.now()
    const heir = { emailVerifiedAt: now, passwordHash: null, displayName: profile.name }
    let ended: EndedSessions | null = null
    const user = await transact<UserWithPasswordHash | null>(async (parts, undo) => {
      ended = await handOver(parts, owner, { heir, origin })
      if (!ended || !(await addIdentity(parts, owner, profile, now))) return undo(null)
      await record(parts, 'user.taken_over', { user: owner, origin, now })
      const data = { name: profile.name, link: accountUrl, ...describeRequest(origin) }
      await parts.mails.insert(owner.email, { template: 'google-took-over', data }, now)
      return (await findUnchanged(parts, owner)) ?? undo(null)
    })
    if (user && ended) await sessions.bury(ended)
    return user && { outcome: 'signed-in', user, notice: 'taken-over' }
  }

  /** Nothing needs to be removed: names, role and sessions stay. */
  async function confirm(
    owner: UserWithPasswordHash,
    profile: ProviderProfile,
    origin: Origin,
  ): Promise<Arrival | null> {
    const now = clock.now()
    const displayName = owner.displayName ?? profile.name
    const user = await transact<UserWithPasswordHash | null>(async (parts, undo) => {
      if (!(await parts.users.markVerified(owner, { now, displayName }))) return undo(null)
      await parts.links.deleteAllOfUser(owner.id)
      if (!(await useIdentity(parts, owner, profile, now))) return undo(null)
      await record(parts, 'user.email_verified', { user: owner, origin, now })
      const proved = await findUnchanged(parts, owner)
      if (!proved) return undo(null)
      await welcome(parts, proved)
      return proved
    })
    if (user) await sessions.showChanged(user.id)
    return user && { outcome: 'signed-in', user, notice: 'welcome' }
  }

  /** An administrator made the account, or only this account of the provider has ever opened it. */
  async function isUntouched(
    { id, passwordHash }: UserWithPasswordHash,
    { subject }: ProviderProfile,
  ): Promise<boolean> {
    const linked = await repositories.identities.listOfUser(id)
    const isOthers = (each: Identity) => each.provider !== provider.name || each.subject !== subject
    return passwordHash === null && !linked.some(isOthers)
  }

  /** With the current epoch, so that a session made from it ends with whatever happens later. */
  async function findUnchanged({ users }: Repositories, owner: User): Promise<UserWithPasswordHash | null> {
    const user = await users.findByIdWithPasswordHash(owner.id)
    return user?.isActive && user.emailVerifiedAt && user.email === owner.email ? user : null
  }

  /** The user is already linked to another account at this provider. */
  async function hasAnother(
    { identities }: Pick<Repositories, 'identities'>,
    { id }: User,
  ): Promise<boolean> {
    return (await identities.listOfUser(id)).some((each) => each.provider === provider.name)
  }

  /** False when this provider account is already linked. */
  function addIdentity({ identities }: Repositories, user: User, profile: ProviderProfile, now: Date) {
    const { subject, email } = profile
    const identity = { provider: provider.name, subject, userId: user.id, email: email ?? user.email }
    return identities.insert(identity, now)
  }

  /** False when this provider account is linked to somebody else. */
  async function useIdentity(parts: Repositories, user: User, profile: ProviderProfile, now: Date) {
    const { subject, email } = profile
    const key = { provider: provider.name, subject, userId: user.id }
    const isTheirs = await parts.identities.markUsed(key, { email, now })
    return isTheirs || addIdentity(parts, user, profile, now)
  }

  async function record(
    { audit }: Repositories,
    action: AuditAction,
    { user, origin, now }: { user: User; origin: Origin; now: Date },
  ) {
    const details = { provider: provider.name }
    await audit.record({ at: now, action, actorId: user.id, subjectId: user.id, origin, details })
  }

  /** The proof is for the browser that signed up: the mailed code counts there, and the mailed link opens. */
  function awaitMail({ email }: User, { subject }: ProviderProfile): Arrival {
    return { outcome: 'verification-sent', email, proof: proofs.make(`${provider.name} ${subject}`) }
  }

  return { signUp, replaceRegistration, link, takeOver, awaitMail }
}
