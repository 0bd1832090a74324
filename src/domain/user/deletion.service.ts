import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import { NOWHERE, type Origin } from '../audit-event/audit-event.ts'
import { NOBODY } from '../audit-event/seal.ts'
import { BATCH, inBatches } from '../batches.ts'
import type { DescribeRequest } from '../outgoing-mail/circumstances.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { EndedSessions, Member } from '../session/session.ts'
import { isStillAsking } from '../session/still-asking.ts'
import { DAY_MS, later, toReadable } from '../time.ts'
import type { User } from './user.ts'

export type DeletionService = ReturnType<typeof createDeletionService>
export type DeletionRequest =
  | { outcome: 'scheduled'; at: Date }
  | { outcome: 'last-admin' }
  | { outcome: 'ended' }
type Scheduled =
  | { outcome: 'scheduled'; at: Date; ended: EndedSessions }
  | { outcome: 'last-admin' }
  | { outcome: 'ended' }
type Dependencies = {
  repositories: Repositories
  transact: Transact
  sessions: Pick<SessionService, 'endAllOfUser' | 'bury'>
  baseUrl: string
  describeRequest: DescribeRequest
  clock: Clock
  log: Log
}

/** Long enough to notice it, when somebody else asked for it. */
const WAITS_MS = 7 * DAY_MS

/** The way out: an account is closed to everybody but its owner at once, and gone a week later. */
export function createDeletionService(dependencies: Dependencies) {
  const { repositories, transact, sessions, baseUrl, describeRequest, clock, log } = dependencies
  const { deletions } = repositories

  async function schedule(parts: Repositories, member: Member, origin: Origin): Promise<Scheduled> {
    const { user } = member
    const now = clock.now()
    await parts.system.takeTurn()
    if (!(await isStillAsking(parts, member, now))) return { outcome: 'ended' }
    if (await parts.deletions.schedule(user.id, later(now, WAITS_MS))) {
      if (user.role === 'admin' && (await parts.userChanges.countAdmins()) === 0)
        return { outcome: 'last-admin' }
      const event = { at: now, actorId: user.id, subjectId: user.id, origin }
      await parts.audit.record({ action: 'user.deletion_requested', ...event })
      await tellOwner(parts, user, origin)
    }
    const ending = { userId: user.id, reason: 'deletion-requested', origin } as const
    const ended = await sessions.endAllOfUser(parts, ending)
    return { outcome: 'scheduled', at: (await parts.deletions.find(user.id)) ?? now, ended }
  }

  /** An address that nobody has proved may be a stranger's: whoever registered it must not be able to write there. */
  async function tellOwner(
    { mails }: Repositories,
    { email, emailVerifiedAt, displayName }: User,
    origin: Origin,
  ): Promise<void> {
    if (!emailVerifiedAt) return
    const now = clock.now()
    const data = {
      name: displayName,
      link: `${baseUrl}/account`,
      deadline: toReadable(later(now, WAITS_MS)),
      ...describeRequest(origin),
    }
    await mails.insert(email, { template: 'deletion-requested', data }, now)
  }

  /**
   * First nobody can sign in, then everything goes, the bulk of it piece by piece: whoever is killed in between leaves an account that is
   * closed. False when an administrator opened it again meanwhile.
   */
  async function finish(id: string, now: Date): Promise<boolean> {
    const ended = await transact<EndedSessions | null>(async (parts, undo) => {
      if (!(await parts.deletions.close(id, now))) return undo(null)
      return sessions.endAllOfUser(parts, { userId: id, reason: 'deletion-requested', origin: NOWHERE })
    })
    if (!ended) return false
    await sessions.bury(ended)
    await inBatches((most) => repositories.sealedEvents.forgetPerson(id, most))
    await inBatches((most) => repositories.sessions.deleteOfUser(id, most))
    return transact<boolean>(async (parts, undo) => {
      const gone = await parts.deletions.remove(id, now)
      if (!gone) return undo(false)
      await parts.mails.deleteAllTo(gone.email)
      await parts.sealedEvents.forgetPerson(id, BATCH)
      const event = { at: clock.now(), actorId: null, subjectId: NOBODY, origin: NOWHERE }
      await parts.audit.record({ action: 'user.deleted', ...event })
      const letter = { template: 'account-deleted', data: { name: gone.displayName } } as const
      if (gone.emailVerifiedAt) await parts.mails.insert(gone.email, letter, clock.now())
      return true
    })
  }

  return {
    /** When the account is to be gone. Null while nobody asked for that. */
    find: ({ id }: User): Promise<Date | null> => deletions.find(id),

    /** Signs the owner out everywhere. The last administrator stays. Asked twice, the first time counts. */
    async request(member: Member, origin: Origin): Promise<DeletionRequest> {
      const scheduled = await transact<Scheduled>(async (parts, undo) => {
        const scheduled = await schedule(parts, member, origin)
        return scheduled.outcome === 'scheduled' ? scheduled : undo(scheduled)
      })
      if (scheduled.outcome === 'scheduled') await sessions.bury(scheduled.ended)
      return scheduled
    },

    /** Asked twice, nothing more happens. False when the session that asks has ended meanwhile. */
    cancel(member: Member, origin: Origin): Promise<boolean> {
      const { id } = member.user
      return transact<boolean>(async (parts, undo) => {
        if (!(await isStillAsking(parts, member, clock.now()))) return undo(false)
        if (!(await parts.deletions.cancel(id))) return undo(true)
        const event = { at: clock.now(), actorId: id, subjectId: id, origin }
        await parts.audit.record({ action: 'user.deletion_cancelled', ...event })
        return true
      })
    },

    /** Deletes at most so many accounts whose week is over, and answers with how many. One that fails keeps no other waiting. */
    async finishDue(now: Date, most: number): Promise<number> {
      let finished = 0
      for (const id of await deletions.listDue(now, most)) {
        try {
          if (await finish(id, now)) finished++
        } catch (error) {
          log.warn({ err: error, user: id }, 'an account could not be deleted yet')
        }
      }
      return finished
    },
  }
}
