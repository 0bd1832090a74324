import { z } from 'zod'
import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Spool } from '../../platform/spool.ts'
import { MINUTE_MS, SECOND_MS } from '../time.ts'
import { END_REASONS, type RecordEnd, type SessionEnd } from './session-end.ts'
import type { Grave, Tombstones } from './tombstones.ts'

export type UnconfirmedEnds = ReturnType<typeof createUnconfirmedEnds>

type Dependencies = {
  recordEnd: RecordEnd
  tombstones: Tombstones
  spool: Spool
  /** With other workers, each of which knows within a moment what the others wrote down. */
  isSpoolShared?: boolean
  clock: Clock
  log: Log
}

const RETRY_EVERY_MS = SECOND_MS
const LOOK_EVERY_MS = SECOND_MS / 2
const LONGEST_PAUSE_MS = 10 * MINUTE_MS

const time = z.iso.datetime().transform((text) => new Date(text))
/** A reason that this version does not know ends a session just as well. */
const sessionEnd: z.ZodType<SessionEnd> = z.object({
  secretHash: z.string().regex(/^[0-9a-f]{64}$/),
  expiresAt: time,
  reason: z.enum(END_REASONS).catch('signed-out'),
  at: time,
  origin: z.object({ ip: z.string(), userAgent: z.string(), requestId: z.string() }),
  actorId: z.string().nullable().optional(),
})

/** Sessions that were ended while SQL was away: dead in this process at once, and on disk until SQL has recorded it. */
export function createUnconfirmedEnds({
  recordEnd,
  tombstones,
  spool,
  isSpoolShared = false,
  clock,
  log,
}: Dependencies) {
  /** Notes that are not ours, or could not be deleted: not read again. */
  const settled = new Set<string>()
  const waiting = new Map(spool.list().flatMap(readEnd))
  const troubles = new Map<string, { pauseMs: number; untilMs: number }>()
  let isFinishing = false
  let isStuck = false
  let isClosed = false

  /** Empty for a note that we did not write. It stays where it is, for the operator to look at. */
  function readEnd({ name, note }: ReturnType<Spool['list']>[number]): [string, SessionEnd][] {
    const read = sessionEnd.safeParse(note)
    if (read.success && read.data.secretHash === name) return [[name, read.data]]
    settled.add(name)
    log.error({ note: name }, 'a file among the unconfirmed sign-outs is not one of them and is left alone')
    return []
  }

  function finishSoon() {
    if (isFinishing) return
    isFinishing = true
    void finishAll()
  }

  async function finishAll() {
    while (waiting.size > 0 && !isClosed) {
      await finishRound()
      if (waiting.size > 0) await clock.wait(RETRY_EVERY_MS)
    }
    isFinishing = false
  }

  async function finishRound() {
    try {
      const { recorded, others } = await recordEach()
      await tombstones.bury([...recorded, ...others])
      forget(recorded)
      isStuck = false
    } catch (error) {
      if (!isStuck) log.error({ err: error }, 'unconfirmed sign-outs could not be finished')
      isStuck = true
    }
  }

  /** Those that SQL has recorded, and what else that ended. Once it does not answer, it is not asked about the rest. */
  async function recordEach() {
    const recorded: SessionEnd[] = []
    const others: Grave[] = []
    for (const end of waiting.values()) {
      if (isPutOff(end)) continue
      try {
        others.push(...(await recordEnd(end)))
        recorded.push(end)
      } catch (error) {
        if (error instanceof PortalError) break
        putOff(end, error)
      }
    }
    return { recorded, others }
  }

  function isPutOff({ secretHash }: SessionEnd): boolean {
    return clock.monotonicMs() < (troubles.get(secretHash)?.untilMs ?? 0)
  }

  /** Said once: what SQL will not take is tried ever more rarely. */
  function putOff({ secretHash }: SessionEnd, error: unknown) {
    const before = troubles.get(secretHash)
    if (!before) log.error({ err: error }, 'a sign-out could not be written to the database')
    const pauseMs = Math.min((before?.pauseMs ?? RETRY_EVERY_MS) * 2, LONGEST_PAUSE_MS)
    troubles.set(secretHash, { pauseMs, untilMs: clock.monotonicMs() + pauseMs })
  }

  function forget(ends: SessionEnd[]) {
    for (const { secretHash } of ends) {
      waiting.delete(secretHash)
      troubles.delete(secretHash)
      throwAway(secretHash)
    }
  }

  /** A note that stays is recorded again after the next start, which changes nothing. */
  function throwAway(name: string) {
    try {
      spool.remove(name)
    } catch (error) {
      settled.add(name)
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

  /** Two that carry out the same note change nothing twice. */
  function lookForOthers() {
    const notes = spool.list((name) => !waiting.has(name) && !settled.has(name))
    for (const [name, end] of notes.flatMap(readEnd)) waiting.set(name, end)
    if (waiting.size > 0) finishSoon()
  }

  async function keepLooking() {
    let isBlind = false
    while (!isClosed) {
      await clock.wait(LOOK_EVERY_MS)
      try {
        lookForOthers()
        isBlind = false
      } catch (error) {
        if (!isBlind) log.error({ err: error }, 'unconfirmed sign-outs of other workers cannot be read')
        isBlind = true
      }
    }
  }

  finishSoon()
  if (isSpoolShared) void keepLooking()

  return {
    has: (secretHash: string) => waiting.has(secretHash),
    count: () => waiting.size,

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
