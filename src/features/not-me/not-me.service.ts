import type { AuditDetails, Origin } from '../../domain/audit-event/audit-event.ts'
import type { TakeBack } from '../../domain/one-time-link/email-undo.service.ts'
import type { OneTimeLink } from '../../domain/one-time-link/one-time-link.repository.ts'
import type { ResetMails } from '../../domain/one-time-link/reset-mails.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { EndedSessions } from '../../domain/session/session.ts'
import { DAY_MS, earlier } from '../../domain/time.ts'
import type { UserWithPasswordHash } from '../../domain/user/user.ts'
import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'

export type NotMeService = ReturnType<typeof createNotMeService>
type Judged = Pick<UserWithPasswordHash, 'id' | 'browserEpoch'>
/** A link that is good: whose account it is about, and the email it was sent to. */
export type NotMeLink = { email: string; user: Judged }
/**
 * How a new password can be chosen: at once with this token, with a link that was mailed, or, where the email of the account is not
 * the one that was written to any more, not from here.
 */
export type WayBack = { kind: 'choose'; token: string } | { kind: 'mailed' } | { kind: 'none' }
type Secured = { ended: EndedSessions; freed: EndedSessions | null; wayBack: WayBack }
type Dependencies = {
  repositories: Repositories
  transact: Transact
  sessions: SessionService
  /** Cancels a change of email that waits, and undoes one that this mailbox may undo. */
  takeBack: TakeBack
  mails: ResetMails
  clock: Clock
}

const KIND = 'disown'
const TRIES = 3
/** Whoever had longer than that to add a way in may as well be the owner. */
const DOUBTFUL_MS = DAY_MS

/** "This wasn't me": whoever reads the mailbox throws everybody out, without having to sign in. */
export function createNotMeService({
  repositories,
  transact,
  sessions,
  takeBack,
  mails,
  clock,
}: Dependencies) {
  function findLink(token: string): Promise<OneTimeLink | null> {
    return repositories.links.find(KIND, token, clock.now())
  }

  /**
   * Whatever has changed since the email was sent: it is done to the account as it is. Null for a link that was used meanwhile; `again`
   * where somebody was faster, and the transaction cannot go on.
   */
  async function secure(
    parts: Repositories,
    link: OneTimeLink,
    { knownTo, origin }: { knownTo: Judged | null; origin: Origin },
  ): Promise<Secured | 'again' | null> {
    const { userId } = link
    await parts.userChanges.hold(userId)
    if (!(await parts.links.use(link, clock.now()))) return null
    const isKnown = knownTo !== null && (await isStill(parts, knownTo))
    const taken = await takeBack(parts, link, origin)
    if (taken.outcome === 'again') return 'again'
    const user = await parts.users.findByIdWithPasswordHash(userId)
    if (!user) return null
    await removeWaysIn(parts, user, origin)
    const ended = await sessions.endAllOfUser(parts, { userId, reason: 'disowned', origin })
    const freed = taken.outcome === 'restored' ? taken.freed : null
    return { ended, freed, wayBack: await openWayBack(parts, user, { link, isKnown }) }
  }

  async function isStill({ users }: Repositories, { id, browserEpoch }: Judged): Promise<boolean> {
    return (await users.findByIdWithPasswordHash(id))?.browserEpoch === browserEpoch
  }

  /**
   * The password, what is new or somebody else's, links and a wish to delete the account. What an earlier mailbox can undo stays: this
   * one may be the thief's.
   */
  async function removeWaysIn(parts: Repositories, { id, email }: UserWithPasswordHash, origin: Origin) {
    const now = clock.now()
    await parts.userChanges.dropPassword(id)
    await parts.links.deletePending(id)
    await parts.links.drop(KIND, id)
    const since = earlier(now, DOUBTFUL_MS)
    const removed = await parts.identities.deleteDoubtful(id, { email, since })
    const event = { at: now, actorId: id, subjectId: id, origin }
    if (await parts.deletions.cancel(id))
      await parts.audit.record({ action: 'user.deletion_cancelled', ...event })
    const emails = removed.map((each) => each.email).join(', ')
    const details: AuditDetails = emails ? { removedGoogle: emails } : {}
    await parts.audit.record({ action: 'user.disowned', ...event, details })
  }

  /** In a browser in which they have signed in before they go on at once; an email can be forwarded, and its link be found. */
  async function openWayBack(
    parts: Repositories,
    user: UserWithPasswordHash,
    { link, isKnown }: { link: OneTimeLink; isKnown: boolean },
  ): Promise<WayBack> {
    if (!user.isActive || user.email !== link.email) return { kind: 'none' }
    if (isKnown) return { kind: 'choose', token: await mails.addLink(parts, user, null) }
    await mails.send(parts, user, { template: 'reset-password', returnTo: null })
    return { kind: 'mailed' }
  }

  return {
    /** Null for a link that is not good, or not any more. Uses nothing up. */
    async inspect(token: string): Promise<NotMeLink | null> {
      const link = await findLink(token)
      const user = link && (await repositories.users.findByIdWithPasswordHash(link.userId))
      return user && { email: link.email, user }
    },

    /**
     * Answers when no session, no token and no password from before works any more, in any process; null for a link that is not good.
     * `knownTo`: the account as it was when the browser turned out to be one in which they have signed in before.
     */
    async disown(
      { token, knownTo }: { token: string; knownTo: Judged | null },
      origin: Origin,
    ): Promise<WayBack | null> {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const link = await findLink(token)
        if (!link) return null
        const secured = await transact<Secured | 'again' | null>(async (parts, undo) => {
          const secured = await secure(parts, link, { knownTo, origin })
          return secured === 'again' || !secured ? undo(secured) : secured
        })
        if (secured === 'again') continue
        if (secured?.freed) await sessions.bury(secured.freed)
        if (secured) await sessions.bury(secured.ended)
        return secured?.wayBack ?? null
      }
      throw new PortalError('temporarily_unavailable')
    },
  }
}
