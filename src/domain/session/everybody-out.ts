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

/** For use after a restore: the database may list sessions that ended since the backup, and Redis may hold some it has never heard of. */
export function createEverybodyOut({ transact, copies, lease, clock }: Dependencies) {
  /** Returns once no process accepts a session that began before. `areCopiesGone` is false when Redis did not confirm it. */
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

  /** Retried until every lease is over: after that no copy is trusted anyway, except while SQL is away. */
  async function forgetCopies(sinceMs: number): Promise<boolean> {
    if (!copies) return true
    while (!(await copies.forgetAll())) {
      if (lease.isOver(sinceMs)) return false
      await clock.wait(RETRY_EVERY_MS)
    }
    return true
  }
}
