import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Transact } from '../repositories.ts'
import { hashSecret } from '../secret.ts'
import { earlier, later, MINUTE_MS } from '../time.ts'
import type { Judged } from '../user/user.ts'
import { type Session, toSecretHash, toSessionId } from './session.ts'
import type { Tombstones } from './tombstones.ts'

export type SessionRenewal = ReturnType<typeof createSessionRenewal>
/** A session about to continue under a new secret. `user` is the person judged to have proved it. */
export type Renewal = { from: Session; session: Session; user: Judged; origin: Origin }
type Dependencies = { transact: Transact; tombstones: Tombstones; clock: Clock; idleMs: number }

const GRACE_MS = MINUTE_MS

/** Whoever proves again who they are keeps their session, its tokens and its end, under a secret that nobody saw before (ASVS 7.2.4). */
export function createSessionRenewal({ transact, tombstones, clock, idleMs }: Dependencies) {
  return {
    prepare(secret: string, { from, user, origin }: Omit<Renewal, 'session'>): Renewal {
      const now = clock.now()
      const session = {
        ...from,
        id: toSessionId(hashSecret(secret)),
        authenticatedAt: now.toISOString(),
        lastSeenAt: now.toISOString(),
        idleExpiresAt: later(now, idleMs).toISOString(),
      }
      return { from, session, user, origin }
    },

    /** False when the session has ended meanwhile, or its user is no longer the one that was judged. */
    async renew(secret: string, { from, session, user, origin }: Renewal): Promise<boolean> {
      const now = clock.now()
      const isRenewed = await transact(async ({ users, sessions, tokenFamilies, audit }) => {
        // Nobody has ended all of the user's sessions since they were judged, and nobody does meanwhile.
        if (!(await users.hold(user))) return false
        const isRetired = await sessions.retire(from.id, { now, graceSince: earlier(now, GRACE_MS) })
        if (!isRetired) return false
        const keys = { secretHash: hashSecret(secret), userId: user.id, userEpoch: user.sessionEpoch }
        await sessions.insert({ ...session, ...keys, inPlaceOf: from.id })
        await tokenFamilies.moveAll(from.id, session.id)
        const details = { session: session.id, from: from.id }
        const event = { at: now, actorId: user.id, subjectId: user.id, origin, details }
        await audit.record({ action: 'session.renewed', ...event })
        return true
      })
      const secretHash = toSecretHash(from.id)
      if (isRenewed && secretHash)
        await tombstones.bury([{ secretHash, expiresAt: new Date(from.expiresAt) }])
      return isRenewed
    },
  }
}
