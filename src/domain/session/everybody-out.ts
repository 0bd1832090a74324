import type { Clock } from '../../platform/clock.ts'
import type { SessionCopies } from '../../platform/session-copies.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Lease } from '../lease.ts'
import type { Transact } from '../repositories.ts'
import type { Member } from './session.ts'

export type EverybodyOut = ReturnType<typeof createEverybodyOut>
type Dependencies = {
  transact: Transact
  copies: SessionCopies<Member> | null
  lease: Lease
  clock: Clock
}

const RETRY_EVERY_MS = 100

/** For after a restore: the database may know sessions as live that ended since the backup, and Redis some it does not know at all. */
export function createEverybodyOut({ transact, copies, lease, clock }: Dependencies) {
  /** Answers when no process accepts a session any more that began before. `areCopiesGone` is false when Redis did not say so. */
  return async function everybodyOut(origin: Origin): Promise<{ ended: number; areCopiesGone: boolean }> {
    const ended = await transact(async ({ system, sessions, audit }) => {
      await system.takeTurn()
      const at = await system.readTime(clock.now())
      const live = await sessions.countLive(at)
      await system.raiseSessionEpoch(at)
      await sessions.revokeBegunSince(at, 'everybody-out')
      const event = { at, actorId: null, subjectId: null, origin, details: { sessions: live } }
      await audit.record({ action: 'session.everybody_ended', ...event })
      return live
    })
    return { ended, areCopiesGone: await forgetCopies(clock.monotonicMs()) }
  }

  /** Tried until every lease is over: then no copy is believed anyway, but for one while SQL is away. */
  async function forgetCopies(sinceMs: number): Promise<boolean> {
    if (!copies) return true
    while (!(await copies.forgetAll())) {
      if (lease.isOver(sinceMs)) return false
      await clock.wait(RETRY_EVERY_MS)
    }
    return true
  }
}
