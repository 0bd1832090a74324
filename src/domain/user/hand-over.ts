import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { EndedSessions } from '../session/session.ts'
import type { Heir } from './user.repository.ts'
import type { Judged } from './user.ts'

export type HandOver = ReturnType<typeof createHandOver>
type Wish = { heir: Heir; origin: Origin; actorId?: string }

/** An account that nobody has proved goes to who has the better claim to its address: what anybody prepared in it is gone. */
export function createHandOver({ sessions }: { sessions: SessionService }) {
  /**
   * Part of the transaction of its cause; after its commit the sessions are to be buried. Null when the account is not any more
   * what was judged: then the transaction cannot go on.
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
