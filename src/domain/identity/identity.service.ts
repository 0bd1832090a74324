import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { EndedSessions, Member } from '../session/session.ts'
import { isStillAsking } from '../session/still-asking.ts'
import type { User } from '../user/user.ts'
import type { Identity } from './identity.repository.ts'
import type { IdentityNotice } from './identity-notice.ts'

export type IdentityService = ReturnType<typeof createIdentityService>
/** An account at a provider. Its email is one that the provider has checked; null where it names none. */
export type ProviderAccount = { provider: string; subject: string; email: string | null }
/** `identity` is null where none is linked; `isOpen`: the provider is set up here. */
export type ProviderOfUser = {
  provider: string
  isOpen: boolean
  identity: Identity | null
  /** Without it nobody could sign in to the account any more. */
  isLastWayIn: boolean
}
export type Linking =
  | { outcome: 'linked' }
  | { outcome: 'reconnected' }
  /** It opens somebody else's account. */
  | { outcome: 'taken' }
  /** Another account of the same provider is linked: the one with this email. */
  | { outcome: 'another'; email: string }
  /** The provider has checked no email of it, and a reset removes what has another email than the account. */
  | { outcome: 'no-address' }
  /** The session has ended meanwhile. */
  | { outcome: 'ended' }
export type Unlinking = 'unlinked' | 'not-linked' | 'last-way-in' | 'ended'

type Dependencies = {
  repositories: Repositories
  transact: Transact
  sessions: SessionService
  tellOwner: IdentityNotice
  /** Those that are set up, by name. */
  providers: string[]
  clock: Clock
}

/** Accounts at providers that open a member's account here: at most one of each provider. */
export function createIdentityService(dependencies: Dependencies) {
  const { repositories, transact, sessions, tellOwner, providers, clock } = dependencies

  /** Whoever is asking is still signed in, and nobody else changes their account until the transaction ends. */
  async function holdAccount(parts: Repositories, member: Member): Promise<User | null> {
    return (await isStillAsking(parts, member, clock.now())) ? parts.users.find(member.user.id) : null
  }

  function hasOtherWayIn(linked: Identity[], { provider, hasPassword }: WayIn): boolean {
    const isOpen = (other: Identity) => other.provider !== provider && providers.includes(other.provider)
    return hasPassword || linked.some(isOpen)
  }

  return {
    hasProviders: providers.length > 0,

    /** Every provider that is set up or linked. */
    async list({ id }: User): Promise<ProviderOfUser[]> {
      const [linked, hasPassword] = await Promise.all([
        repositories.identities.listOfUser(id),
        repositories.users.hasPassword(id),
      ])
      const names = new Set([...providers, ...linked.map(({ provider }) => provider)])
      return [...names].map((provider) => {
        const identity = linked.find((each) => each.provider === provider) ?? null
        const isLastWayIn = identity !== null && !hasOtherWayIn(linked, { provider, hasPassword })
        return { provider, isOpen: providers.includes(provider), identity, isLastWayIn }
      })
    },

    /** For the very session in which it was asked for. Linking the same account once more only notes that it works. */
    async link(member: Member, account: ProviderAccount, origin: Origin): Promise<Linking> {
      const now = clock.now()
      const { provider, subject } = account
      return transact<Linking>(async (parts, undo) => {
        const owner = await holdAccount(parts, member)
        if (!owner) return undo({ outcome: 'ended' })
        const key = { provider, subject, userId: owner.id }
        if (await parts.identities.markUsed(key, { email: account.email, now }))
          return { outcome: 'reconnected' }
        const linked = await parts.identities.listOfUser(owner.id)
        const another = linked.find((each) => each.provider === provider)
        if (another) return undo({ outcome: 'another', email: another.email })
        if (account.email === null) return undo({ outcome: 'no-address' })
        const identity = { ...key, email: account.email }
        if (!(await parts.identities.insert(identity, now))) return undo({ outcome: 'taken' })
        await parts.userChanges.noteUnlinked(owner.id, { provider, isUnlinked: false })
        await tellOwner(parts, owner, { how: 'linked', identity, origin })
        return { outcome: 'linked' }
      })
    },

    /** Answers when the other sessions that began with it, and their tokens, work in no process any more. */
    async unlink(member: Member, provider: string, origin: Origin): Promise<Unlinking> {
      let ended: EndedSessions | null = null
      const outcome = await transact<Unlinking>(async (parts, undo) => {
        const owner = await holdAccount(parts, member)
        if (!owner) return undo('ended')
        const linked = await parts.identities.listOfUser(owner.id)
        const identity = linked.find((each) => each.provider === provider)
        if (!identity) return undo('not-linked')
        const hasPassword = await parts.users.hasPassword(owner.id)
        if (!hasOtherWayIn(linked, { provider, hasPassword })) return undo('last-way-in')
        await parts.identities.deleteOfProvider(owner.id, provider)
        await parts.userChanges.noteUnlinked(owner.id, { provider, isUnlinked: true })
        await tellOwner(parts, owner, { how: 'unlinked', identity, origin })
        ended = await sessions.endOthersOfMethod(parts, { member, method: provider, origin })
        return 'unlinked'
      })
      if (ended) await sessions.bury(ended)
      return outcome
    },
  }
}

type WayIn = { provider: string; hasPassword: boolean }
