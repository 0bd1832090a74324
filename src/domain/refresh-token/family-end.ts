import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories } from '../repositories.ts'
import type { TokenFamily } from './refresh-token.ts'

type EndReason = 'revoked-by-client' | 'revoked-by-owner' | 'too-many'
type Ending = { reason: EndReason; origin: Origin; now: Date }

const FAMILIES_OF_A_SESSION = 20

/** Call it in a transaction. False when it had already ended: nothing is changed or recorded. */
export async function endFamily(
  { tokenFamilies, audit }: Repositories,
  { id, userId, clientId, sessionId }: TokenFamily,
  { reason, origin, now }: Ending,
): Promise<boolean> {
  if (!(await tokenFamilies.revoke(id, { reason, now }))) return false
  const details = { family: id, client: clientId, session: sessionId, reason }
  const event = { at: now, actorId: userId, subjectId: userId, origin, details }
  await audit.record({ action: 'token.revoked', ...event })
  return true
}

/** Call it in a transaction. A session with too many families loses the least recently used ones. */
export async function endSurplus(
  parts: Repositories,
  sessionId: string,
  { origin, now }: Omit<Ending, 'reason'>,
): Promise<void> {
  const surplus = await parts.tokenFamilies.listSurplus(sessionId, { most: FAMILIES_OF_A_SESSION, now })
  for (const family of surplus) await endFamily(parts, family, { reason: 'too-many', origin, now })
}
