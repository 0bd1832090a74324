import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories } from '../repositories.ts'
import { LIVE_SESSIONS_OF_A_USER } from './session.ts'
import type { RecordEnd } from './session-end.ts'
import type { Grave, Tombstones } from './tombstones.ts'

export type EndSurplus = ReturnType<typeof createSurplusEnd>
type Dependencies = {
  repositories: Repositories
  recordEnd: RecordEnd
  tombstones: Tombstones
  clock: Clock
}

/**
 * Ends a person's sessions beyond the bound. The program with most of them loses its least recently used one first, so a script
 * that signs in over and over signs no browser out. Call it after committing a sign-in: of many at once, the last to look sees
 * them all. (The statement that inserts a session does not see others being inserted at the same moment.)
 */
export function createSurplusEnd({ repositories, recordEnd, tombstones, clock }: Dependencies) {
  return async function endSurplus(userId: string, origin: Origin): Promise<void> {
    const at = clock.now()
    const surplus = await repositories.sessions.listSurplus(userId, {
      most: LIVE_SESSIONS_OF_A_USER,
      now: at,
    })
    const graves: Grave[] = [...surplus]
    for (const grave of surplus)
      graves.push(...(await recordEnd({ ...grave, reason: 'too-many', at, origin })))
    await tombstones.buryNow(graves)
  }
}
