import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Spool } from '../../platform/spool.ts'
import { later, SECOND_MS } from '../time.ts'
import type { SessionRepository } from './session.repository.ts'
import type { Tombstones } from './tombstones.ts'

export type UnconfirmedEnds = ReturnType<typeof createUnconfirmedEnds>

type Dependencies = {
  sessions: SessionRepository
  tombstones: Tombstones
  spool: Spool
  clock: Clock
  log: Log
  longestSessionMs: number
}

const RETRY_EVERY_MS = SECOND_MS

/** Sessions that were ended while SQL was away: dead in this process at once, on disk until SQL has heard of it. */
export function createUnconfirmedEnds({
  sessions,
  tombstones,
  spool,
  clock,
  log,
  longestSessionMs,
}: Dependencies) {
  const waiting = new Set(spool.list())
  let isReplaying = false
  let isClosed = false

  async function replay(secretHash: string) {
    const now = clock.now()
    await sessions.revoke(secretHash, { reason: 'signed-out', now })
    await tombstones.bury([{ secretHash, expiresAt: later(now, longestSessionMs) }])
    waiting.delete(secretHash)
    spool.remove(secretHash)
  }

  async function replayAll() {
    if (isReplaying) return
    isReplaying = true
    while (waiting.size > 0 && !isClosed) {
      for (const secretHash of waiting) await replay(secretHash).catch(logUnlessAway)
      if (waiting.size > 0) await clock.wait(RETRY_EVERY_MS)
    }
    isReplaying = false
  }

  function logUnlessAway(error: unknown) {
    if (!(error instanceof PortalError))
      log.error({ err: error }, 'a sign-out could not be written to the database')
  }

  void replayAll()

  return {
    has: (secretHash: string) => waiting.has(secretHash),

    add(secretHash: string) {
      waiting.add(secretHash)
      try {
        spool.add(secretHash)
      } catch (error) {
        log.error(
          { err: error },
          'a sign-out could not be written to disk; it is kept in memory until the database is back',
        )
      }
      void replayAll()
    },

    close() {
      isClosed = true
    },
  }
}
