import { createLease } from '../domain/lease.ts'
import { createEverybodyOut } from '../domain/session/everybody-out.ts'
import { createFindPastEnd } from '../domain/session/past-end.ts'
import { createSessionService } from '../domain/session/session.service.ts'
import type { Member } from '../domain/session/session.ts'
import { createSessionCheck } from '../domain/session/session-check.ts'
import { createRecordEnd } from '../domain/session/session-end.ts'
import { createSessionRenewal } from '../domain/session/session-renewal.ts'
import { createRecordStart } from '../domain/session/session-start.ts'
import { createShowChanged } from '../domain/session/shown-changes.ts'
import { createSurplusEnd } from '../domain/session/surplus-end.ts'
import { createTombstones } from '../domain/session/tombstones.ts'
import { createUnconfirmedEnds } from '../domain/session/unconfirmed-ends.ts'
import { deriveKeys } from '../platform/keys.ts'
import { createSessionCopies } from '../platform/session-copies.ts'
import type { Ground } from './ground.ts'

export type SessionArea = ReturnType<typeof wireSessions>

/** Raise it when the fields of a Member change: copies from another version are then not trusted. */
const COPY_SEAL_PURPOSE = 'session copy 1'

/** How a session is checked, begun and ended. */
export function wireSessions({ config, world, repositories, forChecks, transact, tellOwner }: Ground) {
  const { log, clock, redis, sql, sqlBreaker, spool, tally } = world
  const { session } = config
  const keys = deriveKeys(config.secretKeys, COPY_SEAL_PURPOSE)
  const copies = redis && createSessionCopies<Member>({ redis, keys, log })
  const lease = createLease({ clock, leaseMs: session.leaseMs })
  const tombstones = createTombstones({ copies, lease, clock, log })
  const recordEnd = createRecordEnd(transact)
  const unconfirmedEnds = createUnconfirmedEnds({
    recordEnd,
    tombstones,
    spool,
    isSpoolShared: config.workers > 1,
    clock,
    log,
  })
  const sessionReads = forChecks.sessions
  const check = createSessionCheck({
    sessionReads,
    sql: sqlBreaker,
    copies,
    isEndedHere: unconfirmedEnds.has,
    tally,
    clock,
    ...session,
  })
  const sessions = createSessionService({
    check,
    findPastEnd: createFindPastEnd({ sessionReads, sql: sqlBreaker, clock }),
    recordStart: createRecordStart({ repositories, transact, tellOwner, isSqlite: sql.isSqlite, clock }),
    recordEnd,
    tombstones,
    unconfirmedEnds,
    renewal: createSessionRenewal({ transact, tombstones, clock, idleMs: session.idleMs }),
    showChanged: createShowChanged({ sessions: repositories.sessions, copies, lease, clock }),
    copies,
    repositories,
    transact,
    endSurplus: createSurplusEnd({ repositories, recordEnd, tombstones, clock }),
    tally,
    clock,
    log,
    lifetimes: session,
  })
  const everybodyOut = createEverybodyOut({ transact, copies, lease, clock })
  return { sessions, everybodyOut, sessionCopies: copies }
}
