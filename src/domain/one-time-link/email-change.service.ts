import type { Afterwards } from '../../platform/afterwards.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Outcome } from '../outcome.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { EndedSessions, Member } from '../session/session.ts'
import { isStillAsking } from '../session/still-asking.ts'
import type { ContestedAddress } from '../user/contested-address.ts'
import { isInvited } from '../user/invited.ts'
import type { User, UserWithPasswordHash } from '../user/user.ts'
import type { EmailChangeMails } from './email-change-mails.ts'
import type { MailedCodes } from './mailed-codes.ts'
import type { OneTimeLink } from './one-time-link.repository.ts'
import type { VerificationService } from './verification.service.ts'

export type EmailChangeService = ReturnType<typeof createEmailChangeService>
/** How somebody shows that they read the new mailbox. `email` is the address that the code was asked for. */
export type MailboxProof = { by: 'link'; token: string } | { by: 'code'; code: string; email: string }
/** `expired`: nothing waits for this proof. `ended`: the session that asks is over. */
export type EmailChangeRefusal = 'wrong-code' | 'expired' | 'other-account' | 'taken' | 'ended'
export type EmailChange = { outcome: 'changed'; user: UserWithPasswordHash } | Outcome<EmailChangeRefusal>
export type EmailChangeLinkState = { outcome: 'usable'; email: string } | Outcome<'expired' | 'other-account'>

type Dependencies = {
  repositories: Repositories
  transact: Transact
  sessions: Pick<SessionService, 'bury' | 'showChanged'>
  addresses: ContestedAddress
  verification: Pick<VerificationService, 'sendAgain'>
  codes: MailedCodes
  mails: EmailChangeMails
  sendsMail: boolean
  /** Then accounts are used before their address is proved, and are not given up to whoever proves it. */
  isProofOptional: boolean
  afterwards: Afterwards
  clock: Clock
}
type Wish = { email: string; origin: Origin }
type Applied =
  | { outcome: 'changed'; user: UserWithPasswordHash; ended: EndedSessions | null }
  | Outcome<EmailChangeRefusal>
  /** Somebody was faster, so it is judged again. */
  | Outcome<'again' | 'username-taken'>

const KIND = 'change-email'
const UNDO = 'undo-email-change'
const TRIES = 3

/** A member moves to another address. The one they have counts until the new one is proved. */
export function createEmailChangeService(dependencies: Dependencies) {
  const { repositories, transact, sessions, addresses, verification, codes, mails } = dependencies
  const { sendsMail, isProofOptional: sparesUnproved, afterwards, clock } = dependencies

  /** After the answer. Whoever has the address already hears of it, and gets nothing that opens anything. */
  async function write(wanted: { userId: string; email: string }, origin: Origin): Promise<void> {
    const holder = await repositories.users.findWithPasswordHash(wanted.email)
    if (holder && !(await addresses.yields(repositories, holder, { sparesUnproved })))
      return tellHolder(holder, origin)
    await transact(async (parts) => {
      // Others may want to write there at this moment, too, for accounts of their own.
      await parts.system.takeTurn()
      await parts.userChanges.hold(wanted.userId)
      const pending = await parts.links.findOfUser(KIND, wanted.userId, clock.now())
      if (pending?.email === wanted.email) await mails.sendProof(parts, pending)
    })
  }

  async function tellHolder(holder: UserWithPasswordHash, origin: Origin): Promise<void> {
    if (!holder.emailVerifiedAt && (await isInvited(repositories, holder))) {
      await verification.sendAgain(holder)
      return
    }
    await transact(async (parts) => {
      if (await parts.users.hold(holder)) await mails.tellHolder(parts, holder, origin)
    })
  }

  /** Under the lock of the user: what is found does not change until the transaction ends. */
  async function findProved(
    { links }: Repositories,
    { id }: User,
    proof: MailboxProof,
  ): Promise<OneTimeLink | EmailChangeRefusal> {
    const now = clock.now()
    if (proof.by === 'link') {
      const link = await links.find(KIND, proof.token, now)
      return link && link.userId !== id ? 'other-account' : (link ?? 'expired')
    }
    const link = await links.findOfUser(KIND, id, now)
    if (link?.email !== proof.email) return 'expired'
    return codes.isRight(proof.code, link) ? link : 'wrong-code'
  }

  function apply(
    member: Member,
    proof: MailboxProof,
    { origin, withUsername }: { origin: Origin; withUsername: boolean },
  ): Promise<Applied> {
    return transact<Applied>(async (parts, undo) => {
      if (!(await isStillAsking(parts, member, clock.now()))) return undo({ outcome: 'ended' })
      const user = await parts.users.findByIdWithPasswordHash(member.user.id)
      if (!user) return undo({ outcome: 'ended' })
      // Sent twice: the first one has done it.
      if (proof.by === 'code' && proof.email === user.email)
        return undo({ outcome: 'changed', user, ended: null })
      const link = await findProved(parts, user, proof)
      if (typeof link === 'string') return undo({ outcome: link } as Outcome<EmailChangeRefusal>)
      const applied = await move(parts, user, { link, origin })
      if (applied.outcome !== 'changed') return undo(applied)
      const isNamed =
        user.emailVerifiedAt || !withUsername || (await parts.users.claimWantedUsername(user.id))
      if (!isNamed) return undo({ outcome: 'username-taken' })
      return { ...applied, user: (await parts.users.findByIdWithPasswordHash(user.id)) ?? applied.user }
    })
  }

  async function move(
    parts: Repositories,
    user: UserWithPasswordHash,
    { link, origin }: { link: OneTimeLink; origin: Origin },
  ): Promise<Applied> {
    const now = clock.now()
    const { email } = link
    const freed = await addresses.free(parts, { email, sparesUnproved, origin })
    if (freed.outcome !== 'free') return freed
    if (!(await parts.links.use(link, now))) return { outcome: 'again' }
    if ((await parts.users.changeEmail(user, { email, now })) !== 'changed') return { outcome: 'again' }
    await parts.links.deletePending(user.id)
    const details = { from: user.email, to: email }
    const event = { at: now, actorId: user.id, subjectId: user.id, origin, details }
    await parts.audit.record({ action: 'user.email_changed', ...event })
    await tellMoved(parts, user, { email, origin })
    return {
      outcome: 'changed',
      user: { ...user, email, emailVerifiedAt: now.toISOString() },
      ended: freed.ended,
    }
  }

  /** Who moves back may have moved away from a thief's mailbox: the mailbox that came first decides, and the other undoes nothing. */
  async function tellMoved(parts: Repositories, user: User, { email, origin }: Wish): Promise<void> {
    const earlier = await parts.links.findOldestTo(UNDO, { userId: user.id, email }, clock.now())
    if (!earlier) return mails.tellOwner(parts, user, { template: 'email-changed', origin })
    await parts.links.dropSince(earlier)
    await parts.links.dropElsewhere('disown', earlier)
    await mails.tellLeft(parts, user)
  }

  return {
    sendsMail,

    /** The address that waits to be proved; null where none does. */
    async findPending({ id }: User): Promise<string | null> {
      return (await repositories.links.findOfUser(KIND, id, clock.now()))?.email ?? null
    },

    /**
     * Another request replaces the one before; for the same address, it sends another email. Nobody else's account is looked at before
     * the answer, which is the same for every address but the member's own.
     */
    async request(member: Member, { email, origin }: Wish): Promise<'asked' | 'same' | 'ended'> {
      const { id: userId } = member.user
      const outcome = await transact<'asked' | 'same' | 'ended'>(async (parts, undo) => {
        const now = clock.now()
        if (!(await isStillAsking(parts, member, now))) return undo('ended')
        const user = await parts.users.find(userId)
        if (!user || user.email === email) return undo(user ? 'same' : 'ended')
        const pending = await parts.links.findOfUser(KIND, userId, now)
        if (pending?.email === email) {
          await mails.expectOn(parts, pending)
          return 'asked'
        }
        await mails.expect(parts, { userId, email })
        const event = { at: now, actorId: userId, subjectId: userId, origin, details: { to: email } }
        await parts.audit.record({ action: 'user.email_change_requested', ...event })
        await mails.tellOwner(parts, user, { template: 'email-change-asked', origin })
        return 'asked'
      })
      if (outcome === 'asked')
        afterwards.begin('write to a new email', () => write({ userId, email }, origin))
      return outcome
    },

    /** What the page of the link should say. Uses nothing up. */
    async inspect({ id }: User, token: string): Promise<EmailChangeLinkState> {
      const link = await repositories.links.find(KIND, token, clock.now())
      if (!link) return { outcome: 'expired' }
      return link.userId === id ? { outcome: 'usable', email: link.email } : { outcome: 'other-account' }
    },

    /** Answers when every process shows the new address. What could not be done leaves everything as it was, and the proof good. */
    async confirm(member: Member, proof: MailboxProof, origin: Origin): Promise<EmailChange> {
      let withUsername = true
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const applied = await apply(member, proof, { origin, withUsername })
        if (applied.outcome === 'username-taken') withUsername = false
        if (applied.outcome === 'again' || applied.outcome === 'username-taken') continue
        if (applied.outcome !== 'changed') return applied
        if (applied.ended) await sessions.bury(applied.ended)
        await sessions.showChanged(applied.user.id)
        return { outcome: 'changed', user: applied.user }
      }
      return { outcome: 'taken' }
    },

    /** With nothing to cancel, nothing happens. False when the session that asks is over. */
    cancel(member: Member, origin: Origin): Promise<boolean> {
      const { id } = member.user
      return transact<boolean>(async (parts, undo) => {
        if (!(await isStillAsking(parts, member, clock.now()))) return undo(false)
        if (!(await parts.links.drop(KIND, id))) return undo(true)
        const event = { at: clock.now(), actorId: id, subjectId: id, origin }
        await parts.audit.record({ action: 'user.email_change_cancelled', ...event })
        return true
      })
    },
  }
}
