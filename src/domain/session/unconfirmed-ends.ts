import { z } from 'zod'
import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Spool } from '../../platform/spool.ts'
import { SECOND_MS } from '../time.ts'
import { END_REASONS, type RecordEnd, type SessionEnd } from './session-end.ts'
import type { Tombstones } from './tombstones.ts'

export type UnconfirmedEnds = ReturnType<typeof createUnconfirmedEnds>

type Dependencies = { recordEnd: RecordEnd; tombstones: Tombstones; spool: Spool; clock: Clock; log: Log }

const RETRY_EVERY_MS = SECOND_MS

const time = z.iso.datetime().transform((text) => new Date(text))
/** A reason that this version does not know ends a session just as well. */
const sessionEnd: z.ZodType<SessionEnd> = z.object({
  secretHash: z.string().regex(/^[0-9a-f]{64}$/),
  expiresAt: time,
  reason: z.enum(END_REASONS).catch('signed-out'),
  at: time,
  origin: z.object({ ip: z.string(), userAgent: z.string(), requestId: z.string() }),
})

/** Sessions that were ended while SQL was away: dead in this process at once, and on disk until SQL has recorded it. */
export function createUnconfirmedEnds({ recordEnd, tombstones, spool, clock, log }: Dependencies) {
  const waiting = new Map(spool.list().flatMap(readEnd))
  let isFinishing = false
  let isClosed = false

  /** Empty for a note that we did not write. It stays where it is, for the operator to look at. */
  function readEnd({ name, note }: ReturnType<Spool['list']>[number]): [string, SessionEnd][] {
    const read = sessionEnd.safeParse(note)
    if (read.success && read.data.secretHash === name) return [[name, read.data]]
    log.error({ note: name }, 'a file among the unconfirmed sign-outs is not one of them and is left alone')
    return []
  }

  function finishSoon() {
    if (isFinishing) return
    isFinishing = true
    finishAll()
      .catch((error) => log.error({ err: error }, 'unconfirmed sign-outs could not be finished'))
      .finally(() => {
        isFinishing = false
      })
  }

  async function finishAll() {
    while (waiting.size > 0 && !isClosed) {
      await finish(await recordEach())
      if (waiting.size > 0) await clock.wait(RETRY_EVERY_MS)
    }
  }

  /** Those that SQL has recorded. Once it does not answer, it is not asked about the rest. */
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
      throwAway(secretHash)
    }
  }

  /** A note that stays is recorded again after the next start, which changes nothing. */
  function throwAway(name: string) {
    try {
      spool.remove(name)
    } catch (error) {
      log.error({ err: error }, 'a confirmed sign-out could not be deleted from the disk')
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

  finishSoon()

  return {
    has: (secretHash: string) => waiting.has(secretHash),

    add(end: SessionEnd) {
      waiting.set(end.secretHash, end)
      writeDown(end)
      finishSoon()
    },

    close() {
      isClosed = true
    },
  }
}
