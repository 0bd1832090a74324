import { PortalError } from '../../errors.ts'
import type { Breaker } from '../../platform/breaker.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Copy, CopyAnswer, SessionCopies } from '../../platform/session-copies.ts'
import type { Tally } from '../../platform/tally.ts'
import { hashSecret } from '../secret.ts'
import { MINUTE_MS } from '../time.ts'
import type { SessionRepository } from './session.repository.ts'
import { isExpired, type Member, readSessionState, type SessionRecord, toSecretHash } from './session.ts'

/** `copy` is the copy in Redis that was read or written; `isStale` means that SQL should have been asked but was away. */
export type LiveSession = { state: 'live'; member: Member; copy: Copy<Member> | null; isStale: boolean }
export type Check = LiveSession | { state: 'ended' | 'expired' | 'unknown'; member: null }

type Read = { startedAtMs: number; check: Promise<Check> }
type Dependencies = {
  /** Has its own connection pool, so that sign-ins cannot starve checks. */
  sessionReads: SessionRepository
  sql: Breaker
  /** Null where there is no Redis: every check then asks SQL. */
  copies: SessionCopies<Member> | null
  isEndedHere(hash: string): boolean
  tally: Tally
  clock: Clock
  leaseMs: number
  staleIfSqlDown: boolean
}

const SECRET_SHAPE = /^s_[\w-]{64}$/
const nobody = Promise.resolve<Check>({ state: 'unknown', member: null })
const STALE_AT_MOST_MS = 15 * MINUTE_MS

export type SessionCheck = ReturnType<typeof createSessionCheck>

/**
 * Whose session this is: one Redis command while its copy is leased. Throws `temporarily_unavailable` when nobody could be
 * asked, which is never "signed out".
 */
export function createSessionCheck(dependencies: Dependencies) {
  const { sessionReads, sql, copies, isEndedHere, tally, clock, leaseMs, staleIfSqlDown } = dependencies
  const reads = new Map<string, Read>()
  let quarantineUntilMs = Number.POSITIVE_INFINITY

  // A Redis found for the first time, or again, may have lost tombstones: its copies are not trusted for one lease.
  copies?.events.on('lost', () => {
    quarantineUntilMs = Number.POSITIVE_INFINITY
    reads.clear()
  })
  copies?.events.on('found', () => {
    quarantineUntilMs = clock.monotonicMs() + leaseMs
  })

  function isLeased(copy: Copy<Member>, redisTimeMs: number) {
    const leftMs = copy.until - redisTimeMs
    return leftMs >= 0 && leftMs <= leaseMs && clock.monotonicMs() >= quarantineUntilMs
  }

  /**
   * Reads from SQL once for everybody who asks about one session at the same time. Nobody joins a read as old as a lease, or
   * one that began before Redis lost its data: the session may have ended since, and its end been acknowledged.
   */
  function readOnce(hash: string, answer: CopyAnswer<Member>): Promise<Check> {
    const key = `${hash} ${answer.generation}`
    const startedAtMs = clock.monotonicMs()
    const underway = reads.get(key)
    if (underway && startedAtMs - underway.startedAtMs < leaseMs) return underway.check
    const check = readRecord(hash, answer).finally(() => {
      if (reads.get(key)?.check === check) reads.delete(key)
    })
    reads.set(key, { startedAtMs, check })
    return check
  }

  async function readRecord(hash: string, answer: CopyAnswer<Member> | null): Promise<Check> {
    const read = await sql.run(() => sessionReads.findBySecretHash(hash))
    if (!read) return admitStale(hash, answer)
    if (!read.answer) return { state: 'unknown', member: null }
    const { user, session } = read.answer
    const state = readSessionState(read.answer, clock.now())
    if (state !== 'live') return { state, member: null }
    const copy = answer && (await leaseCopy(hash, read.answer, answer))
    return admit(hash, { user, session }, copy)
  }

  /** The lease runs from before SQL was asked, so no session that ended meanwhile outlives it. */
  async function leaseCopy(hash: string, { user, session }: SessionRecord, answer: CopyAnswer<Member>) {
    const { era, generation, redisTimeMs } = answer
    const remainingMs = Date.parse(session.expiresAt) - clock.now().getTime()
    const ttlMs = Math.min(remainingMs, staleIfSqlDown ? STALE_AT_MOST_MS : leaseMs)
    const copy: Copy<Member> = {
      ver: redisTimeMs,
      until: redisTimeMs + leaseMs,
      era,
      value: { user, session },
    }
    const isFilled = await copies?.fill(hash, { generation, copy, ttlMs })
    return isFilled ? copy : null
  }

  /** SQL is away: whoever was seen in the last few minutes stays signed in (the README says what that costs). */
  function admitStale(hash: string, answer: CopyAnswer<Member> | null): Check {
    const copy = answer?.copy
    const isRecent = copy && copy !== 'ended' && answer.redisTimeMs <= copy.until - leaseMs + STALE_AT_MOST_MS
    if (!staleIfSqlDown || !isRecent)
      throw new PortalError('temporarily_unavailable', { retryAfterSeconds: 1 })
    return admit(hash, copy.value, copy, { isStale: true })
  }

  function admit(
    hash: string,
    member: Member,
    copy: Copy<Member> | null,
    { isStale } = { isStale: false },
  ): Check {
    if (isEndedHere(hash)) return { state: 'ended', member: null }
    if (isExpired(member.session, clock.now())) return { state: 'expired', member: null }
    return { state: 'live', member, copy, isStale }
  }

  /** Tells where the answer came from, for each that it was given to. */
  async function fromSql(read: Promise<Check>): Promise<Check> {
    try {
      const check = await read
      tally.countCheck(check.state === 'live' && check.isStale ? 'stale_copy' : 'sql')
      return check
    } catch (failure) {
      tally.countCheck('none')
      throw failure
    }
  }

  async function checkHash(hash: string): Promise<Check> {
    const answer = copies ? await copies.read(hash) : null
    if (!answer && copies) tally.countFallback()
    if (!answer) return fromSql(readRecord(hash, null))
    const leased = readCopy(hash, answer)
    if (!leased) return fromSql(readOnce(hash, answer))
    tally.countCheck('copy')
    return leased
  }

  /** Null where SQL has to be asked. */
  function readCopy(hash: string, { copy, redisTimeMs }: CopyAnswer<Member>): Check | null {
    if (copy === 'ended') return { state: 'ended', member: null }
    if (!copy || !isLeased(copy, redisTimeMs)) return null
    const leased = admit(hash, copy.value, copy)
    // Only SQL says that a session has expired: it may have been prolonged since the copy was made.
    return leased.state === 'expired' ? null : leased
  }

  return {
    /** By the secret, which the caller presents. */
    bySecret: (secret: string): Promise<Check> =>
      SECRET_SHAPE.test(secret) ? checkHash(hashSecret(secret)) : nobody,

    /** By the public id, for a token of ours that names it. */
    byId(sessionId: string): Promise<Check> {
      const hash = toSecretHash(sessionId)
      return hash ? checkHash(hash) : nobody
    },
  }
}
