import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { EndedSessions } from '../session/session.ts'
import type { Heir } from './user.repository.ts'
import type { Judged } from './user.ts'

export type HandOver = ReturnType<typeof createHandOver>
type Wish = { heir: Heir; origin: Origin; actorId?: string | null }

/** Gives an unproved account to whoever has the better claim to its address. Everything prepared in it is removed. */
export function createHandOver({ sessions }: { sessions: SessionService }) {
  /**
   * Call it in the transaction that causes it, and bury the sessions after the commit. Null when the account is no longer the one
   * that was judged: then the transaction cannot go on.
   */
  return async function handOver(
    parts: Repositories,
    judged: Judged,
    { heir, ...by }: Wish,
  ): Promise<EndedSessions | null> {
    if (!(await parts.users.handOver(judged, heir))) return null
    await parts.links.deleteAllOfUser(judged.id)
    await parts.identities.deleteAllOfUser(judged.id)
    return sessions.endAllOfUser(parts, { ...by, userId: judged.id, reason: 'taken-over' })
  }
}
