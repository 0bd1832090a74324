import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Spool } from '../../platform/spool.ts'
import { SECOND_MS } from '../time.ts'
import type { RecordEnd, SessionEnd } from './session-end.ts'
import type { Tombstones } from './tombstones.ts'

export type UnconfirmedEnds = ReturnType<typeof createUnconfirmedEnds>

type Dependencies = { recordEnd: RecordEnd; tombstones: Tombstones; spool: Spool; clock: Clock; log: Log }

const RETRY_EVERY_MS = SECOND_MS

/** Sessions that were ended while SQL was away: dead in this process at once, on disk until SQL has heard of it. */
export function createUnconfirmedEnds({ recordEnd, tombstones, spool, clock, log }: Dependencies) {
  const waiting = new Map(spool.list().map((note) => [readEnd(note).secretHash, readEnd(note)]))
  let isFinishing = false
  let isClosed = false

  async function finishAll() {
    if (isFinishing) return
    isFinishing = true
    while (waiting.size > 0 && !isClosed) {
      await finish(await recordEach())
      if (waiting.size > 0) await clock.wait(RETRY_EVERY_MS)
    }
    isFinishing = false
  }

  /** Those that SQL has heard of. It is not asked for the rest once it did not answer. */
  async function recordEach(): Promise<SessionEnd[]> {
    const recorded: SessionEnd[] = []
    for (const end of waiting.values()) {
      try {
        await recordEnd(end)
        recorded.push(end)
      } catch (error) {
        if (error instanceof PortalError) break
        log.error({ err: error }, 'a sign-out could not be written to the database')
      }
    }
    return recorded
  }

  async function finish(ends: SessionEnd[]) {
    await tombstones.bury(ends)
    for (const { secretHash } of ends) {
      waiting.delete(secretHash)
      spool.remove(secretHash)
    }
  }

  function writeDown(end: SessionEnd) {
    try {
      spool.add(end.secretHash, end)
    } catch (error) {
      const consequence = 'it is kept in memory until the database is back'
      log.error({ err: error }, `a sign-out could not be written to disk; ${consequence}`)
    }
  }

  void finishAll()

  return {
    has: (secretHash: string) => waiting.has(secretHash),

    add(end: SessionEnd) {
      waiting.set(end.secretHash, end)
      writeDown(end)
      void finishAll()
    },

    close() {
      isClosed = true
    },
  }
}

/** As it comes out of JSON: with its times as times. */
function readEnd(note: unknown): SessionEnd {
  const end = note as SessionEnd
  return { ...end, at: new Date(end.at), expiresAt: new Date(end.expiresAt) }
}
