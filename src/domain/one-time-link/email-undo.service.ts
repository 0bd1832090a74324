import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Outcome } from '../outcome.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { EndedSessions } from '../session/session.ts'
import type { ComeBack } from '../user/come-back.ts'
import type { ContestedAddress } from '../user/contested-address.ts'
import type { UserWithPasswordHash } from '../user/user.ts'
import type { EmailChangeMails } from './email-change-mails.ts'
import type { OneTimeLink } from './one-time-link.repository.ts'

export type TakeBack = EmailUndoService['takeBack']
export type EmailUndoService = ReturnType<typeof createEmailUndoService>
/** `restored`: the address had been changed. `cancelled`: the change was still waiting. */
export type EmailUndo =
  | (Outcome<'restored' | 'cancelled' | 'unchanged'> & { email: string })
  /** `taken`: somebody else has proved the old address meanwhile. */
  | Outcome<'expired' | 'taken'>
export type EmailUndoState =
  | (Outcome<'changed' | 'pending' | 'unchanged'> & { email: string })
  | Outcome<'expired'>
/** What came of it; `freed` are sessions of somebody who had only registered the address. Bury them after the commit. */
type TakenBack =
  | { outcome: 'restored'; freed: EndedSessions | null }
  | Outcome<'cancelled' | 'unchanged' | 'taken'>
  /** Somebody was faster: then the transaction cannot go on. */
  | { outcome: 'again' }
type Tried =
  | { outcome: 'restored'; email: string; freed: EndedSessions | null; ended: EndedSessions }
  | (Outcome<'cancelled' | 'unchanged'> & { email: string })
  | Outcome<'expired' | 'taken' | 'again'>

type Dependencies = {
  repositories: Repositories
  transact: Transact
  sessions: Pick<SessionService, 'bury' | 'endAllOfUser'>
  addresses: ContestedAddress
  mails: EmailChangeMails
  comeBack: ComeBack
  clock: Clock
}

const KIND = 'undo-email-change'
const PENDING = 'change-email'
const TRIES = 3

/** Whoever reads the mailbox of before takes a change of address back, without signing in. */
export function createEmailUndoService(dependencies: Dependencies) {
  const { repositories, transact, sessions, addresses, mails, comeBack, clock } = dependencies

  /**
   * Cancels what is pending; where this mailbox has a link to undo a change, its address is the account's again, unless the account is
   * deactivated. Call it while holding the user's row, and end the user's sessions in the same transaction when it is `restored`.
   */
  async function takeBack(
    parts: Repositories,
    { userId, email }: { userId: string; email: string },
    origin: Origin,
  ): Promise<TakenBack> {
    const now = clock.now()
    const user = await parts.users.findByIdWithPasswordHash(userId)
    const link = await parts.links.findOldestTo(KIND, { userId, email }, now)
    if (user?.isActive && link && user.email !== email) return restore(parts, user, { link, origin })
    const isCancelled = await parts.links.drop(PENDING, userId)
    if (!isCancelled) return { outcome: 'unchanged' }
    const event = { at: now, actorId: userId, subjectId: userId, origin, details: { byLink: true } }
    await parts.audit.record({ action: 'user.email_change_cancelled', ...event })
    if (user) await mails.tellCancelled(parts, user, origin)
    return { outcome: 'cancelled' }
  }

  async function restore(
    parts: Repositories,
    user: UserWithPasswordHash,
    { link, origin }: { link: OneTimeLink; origin: Origin },
  ): Promise<TakenBack> {
    const now = clock.now()
    const { email } = link
    const freed = await addresses.free(parts, { email, sparesUnproved: false, origin })
    if (freed.outcome !== 'free') return freed
    const change = { email, now, forgetsBrowsers: true }
    if ((await parts.users.changeEmail(user, change)) !== 'changed') return { outcome: 'again' }
    await parts.links.deletePending(user.id)
    await parts.links.dropSince(link)
    await parts.links.dropElsewhere('disown', link)
    const details = { from: user.email, to: email }
    const event = { at: now, actorId: user.id, subjectId: user.id, origin, details }
    await parts.audit.record({ action: 'user.email_change_undone', ...event })
    await mails.tellRestored(parts, { to: email, owner: user, origin })
    return { outcome: 'restored', freed: freed.ended }
  }

  async function tryOnce(token: string, origin: Origin): Promise<Tried> {
    const found = await repositories.links.find(KIND, token, clock.now())
    if (!found) return { outcome: 'expired' }
    const { userId, email } = found
    return transact<Tried>(async (parts, undo) => {
      await parts.userChanges.hold(userId)
      const isActive = (await parts.users.find(userId))?.isActive
      if (!isActive || !(await parts.links.find(KIND, token, clock.now())))
        return undo({ outcome: 'expired' })
      const taken = await takeBack(parts, found, origin)
      if (taken.outcome === 'taken' || taken.outcome === 'again') return undo(taken)
      if (taken.outcome !== 'restored') {
        await parts.links.use(found, clock.now())
        return { ...taken, email }
      }
      const ended = await sessions.endAllOfUser(parts, { userId, reason: 'email-change-undone', origin })
      return { outcome: 'restored', email, freed: taken.freed, ended }
    })
  }

  return {
    takeBack,

    /** What the link would do. Uses nothing up. */
    async inspect(token: string): Promise<EmailUndoState> {
      const now = clock.now()
      const link = await repositories.links.find(KIND, token, now)
      const found = link && (await repositories.users.findByIdWithPasswordHash(link.userId))
      const user = await comeBack.ifDue(found)
      if (!link || !user?.isActive) return { outcome: 'expired' }
      const { email } = link
      if (user.email !== email) return { outcome: 'changed', email }
      const pending = await repositories.links.findOfUser(PENDING, user.id, now)
      return { outcome: pending ? 'pending' : 'unchanged', email }
    },

    /** Answers when no session works any more that a change it undid left open. Where nothing can be undone, the link stays good. */
    async undo(token: string, origin: Origin): Promise<EmailUndo> {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const tried = await tryOnce(token, origin)
        if (tried.outcome === 'again') continue
        if (tried.outcome !== 'restored') return tried
        if (tried.freed) await sessions.bury(tried.freed)
        await sessions.bury(tried.ended)
        return { outcome: 'restored', email: tried.email }
      }
      return { outcome: 'taken' }
    },
  }
}
