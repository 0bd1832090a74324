import type { Breaker } from '../../platform/breaker.ts'
import type { Clock } from '../../platform/clock.ts'
import { DAY_MS, earlier, type Instant } from '../time.ts'
import { toDeviceName } from './device-name.ts'
import type { EndRow, SessionRepository } from './session.repository.ts'
import { END_REASONS, type EndReason } from './session-end.ts'

/** Why a session is over. `device` is the one that ended it, null unless its owner did that. */
export type PastEnd = { reason: EndReason; at: Instant; device: string | null }
export type FindPastEnd = ReturnType<typeof createFindPastEnd>
type Dependencies = { sessionReads: SessionRepository; sql: Breaker; clock: Clock }

const TOLD_FOR_MS = DAY_MS

/** For whoever holds the secret of a session that has ended, for a day. Null for any other secret, and while SQL is away. */
export function createFindPastEnd({ sessionReads, sql, clock }: Dependencies) {
  return async function findPastEnd(secretHash: string): Promise<PastEnd | null> {
    const read = await sql.run(() => sessionReads.findEnd(secretHash))
    const row = read?.answer
    const at = row && findTime(row)
    const ownReason = row?.revoked_at ? row.reason : 'everybody-out'
    const reason = END_REASONS.find((each) => each === ownReason)
    if (!at || !reason || at < earlier(clock.now(), TOLD_FOR_MS)) return null
    const isByOwner = row.actor_id === row.user_id && row.user_agent !== null
    return { reason, at: at.toISOString(), device: isByOwner ? toDeviceName(row.user_agent ?? '') : null }
  }
}

/** It was ended by itself, or with everybody's. */
function findTime({ revoked_at, created_at, system_epoch }: EndRow): Date | null {
  if (revoked_at) return revoked_at
  const epoch = new Date(system_epoch ?? 0)
  return epoch > created_at ? epoch : null
}
