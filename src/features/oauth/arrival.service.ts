import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { VerificationService } from '../../domain/one-time-link/verification.service.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { ComeBack } from '../../domain/user/come-back.ts'
import type { User, UserWithPasswordHash } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'
import type { AdmissionService } from './admission.service.ts'
import type { Arrival, Visit } from './arrival.ts'
import type { Provider, ProviderProfile } from './provider.ts'

export type ArrivalService = ReturnType<typeof createArrivalService>
type Dependencies = {
  provider: Pick<Provider, 'name'>
  admission: AdmissionService
  repositories: Repositories
  verification: VerificationService
  comeBack: ComeBack
  registration: 'verify-first' | 'open' | 'closed'
  /** Then an account may be used before its address is proved. */
  isProofOptional: boolean
  clock: Clock
}

const TRIES = 3

/** Whose account it is: by the provider account first, by the address only where the provider speaks for it. */
export function createArrivalService(dependencies: Dependencies) {
  const { provider, admission, repositories, verification, comeBack } = dependencies
  const { registration, isProofOptional, clock } = dependencies
  const { users, identities, audit } = repositories

  /** Null when somebody has changed the account that was found. */
  async function findDoor(profile: ProviderProfile, visit: Visit): Promise<Arrival | null> {
    const identity = await identities.find({ provider: provider.name, subject: profile.subject })
    if (identity) return enterAs(identity.userId, profile, visit)
    if (!profile.email) return { outcome: 'no-address' }
    const owner = await comeBack.ifDue(await users.findWithPasswordHash(profile.email))
    if (!owner && registration === 'closed') return { outcome: 'closed' }
    if (!owner) return admission.signUp(profile.email, profile, visit)
    const linked = (await identities.listOfUser(owner.id)).filter((each) => each.provider === provider.name)
    if (linked.some(({ subject }) => subject === profile.subject)) return null
    if (profile.isSpokenFor) {
      const isUnwanted = linked.length > 0 || (await users.hasUnlinked(owner.id, provider.name))
      return enterOwned(owner, profile, { isUnwanted, visit })
    }
    const isWaiting = !owner.emailVerifiedAt && owner.isActive
    if (isWaiting && (await verification.isInvited(owner))) return sendAgain(owner, profile)
    if (isWaiting && registration === 'verify-first')
      return admission.replaceRegistration(owner, profile, visit)
    return { outcome: 'sign-in-first', email: owner.email }
  }

  /** This provider account is already linked to the user. */
  async function enterAs(userId: string, profile: ProviderProfile, visit: Visit): Promise<Arrival | null> {
    const user = await comeBack.ifDue(await users.findByIdWithPasswordHash(userId))
    if (!user) return null
    if (!user.isActive) return refuseDisabled(user, visit.origin)
    if (!user.emailVerifiedAt) {
      if (profile.isSpokenFor && profile.email === user.email) return admission.takeOver(user, profile, visit)
      if (!isProofOptional) return sendAgain(user, profile)
    }
    // Asked again after reading the user: somebody may have taken the account over in between and removed the link.
    const key = { provider: provider.name, subject: profile.subject, userId }
    const isStillTheirs = await identities.markUsed(key, { email: profile.provedEmail, now: clock.now() })
    return isStillTheirs ? { outcome: 'signed-in', user, notice: null } : null
  }

  async function sendAgain(user: UserWithPasswordHash, profile: ProviderProfile): Promise<Arrival> {
    await verification.sendAgain(user)
    return admission.awaitMail(user, profile)
  }

  /** The provider speaks for this user's address, and its account is new here. */
  async function enterOwned(
    owner: UserWithPasswordHash,
    profile: ProviderProfile,
    { isUnwanted, visit }: { isUnwanted: boolean; visit: Visit },
  ): Promise<Arrival | null> {
    if (!owner.isActive) return refuseDisabled(owner, visit.origin)
    if (!owner.emailVerifiedAt) return admission.takeOver(owner, profile, visit)
    // A second provider account with the same address may well have been given to somebody else, and one that was unlinked stays so.
    if (isUnwanted) return { outcome: 'sign-in-first', email: owner.email }
    return admission.link(owner, profile, visit)
  }

  async function refuseDisabled({ id }: User, origin: Origin): Promise<Arrival> {
    const details = { provider: provider.name }
    const event = { at: clock.now(), actorId: null, subjectId: id, origin, details }
    await audit.record({ action: 'session.start_refused', ...event })
    return { outcome: 'disabled' }
  }

  return {
    /** When several tabs arrive with one new account, one creates it and the others find it. */
    async arrive(profile: ProviderProfile, visit: Visit): Promise<Arrival> {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const arrival = await findDoor(profile, visit)
        if (arrival) return arrival
      }
      return { outcome: 'refused' }
    },
  }
}
