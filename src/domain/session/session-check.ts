import { PortalError } from '../../errors.ts'
import type { Breaker } from '../../platform/breaker.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Copy, CopyAnswer, SessionCopies } from '../../platform/session-copies.ts'
import { hashSecret } from '../secret.ts'
import { MINUTE_MS } from '../time.ts'
import type { SessionRepository } from './session.repository.ts'
import { isExpired, type Member, readSessionState, reviveMember, type SessionRecord } from './session.ts'

/** `copy` is the one in Redis that the answer came from or went to. */
export type LiveSession = { state: 'live'; member: Member; copy: Copy<Member> | null }
export type Check = LiveSession | { state: 'ended' | 'expired' | 'unknown'; member: null }

type Dependencies = {
  /** Reads through a pool of their own, so that sign-ins cannot starve checks. */
  sessionReads: SessionRepository
  sql: Breaker
  /** Null where there is no Redis: every check then asks SQL. */
  copies: SessionCopies<Member> | null
  isEndedHere(hash: string): boolean
  clock: Clock
  leaseMs: number
  staleIfSqlDown: boolean
}

const SECRET_SHAPE = /^s_[\w-]{64}$/
const STALE_AT_MOST_MS = 15 * MINUTE_MS

export function createSessionCheck(dependencies: Dependencies) {
  const { sessionReads, sql, copies, isEndedHere, clock, leaseMs, staleIfSqlDown } = dependencies
  const reads = new Map<string, Promise<Check>>()
  let isLost = false
  let quarantineUntilMs = 0

  // A Redis that comes back may have forgotten tombstones: its copies are not believed for one lease.
  copies?.events.on('lost', () => {
    isLost = true
    reads.clear()
  })
  copies?.events.on('found', () => {
    if (isLost) quarantineUntilMs = clock.monotonicMs() + leaseMs
    isLost = false
  })

  /** Reads once from SQL for all who wait for one session, but only together with those whom the same Redis has answered. */
  function readOnce(hash: string, answer: CopyAnswer<Member>): Promise<Check> {
    const key = `${hash} ${answer.generation}`
    const underway = reads.get(key)
    if (underway) return underway
    const read = readRecord(hash, answer).finally(() => reads.delete(key))
    reads.set(key, read)
    return read
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

  /** The lease runs from before SQL was asked, so nothing that ended meanwhile outlives it. */
  async function leaseCopy(hash: string, { user, session }: SessionRecord, answer: CopyAnswer<Member>) {
    const remainingMs = session.expiresAt.getTime() - clock.now().getTime()
    const ttlMs = Math.min(remainingMs, staleIfSqlDown ? STALE_AT_MOST_MS : leaseMs)
    const copy: Copy<Member> = { ver: 1, until: answer.redisTimeMs + leaseMs, value: { user, session } }
    const isLeased = await copies?.fill(hash, { generation: answer.generation, copy, ttlMs })
    return isLeased ? copy : null
  }

  /** SQL is away: who was seen in the last minutes stays signed in (the README says what that costs). */
  function admitStale(hash: string, answer: CopyAnswer<Member> | null): Check {
    const copy = answer?.copy
    const isRecent = copy && copy !== 'ended' && answer.redisTimeMs <= copy.until - leaseMs + STALE_AT_MOST_MS
    if (!staleIfSqlDown || !isRecent)
      throw new PortalError('temporarily_unavailable', { retryAfterSeconds: 1 })
    return admit(hash, reviveMember(copy.value), copy)
  }

  function admit(hash: string, member: Member, copy: Copy<Member> | null): Check {
    if (isEndedHere(hash)) return { state: 'ended', member: null }
    if (isExpired(member.session, clock.now())) return { state: 'expired', member: null }
    return { state: 'live', member, copy }
  }

  /**
   * Who holds this secret: one Redis command while its copy is leased. Throws `temporarily_unavailable` when nobody could be
   * asked, which is never "signed out".
   */
  return async function check(secret: string): Promise<Check> {
    if (!SECRET_SHAPE.test(secret)) return { state: 'unknown', member: null }
    const hash = hashSecret(secret)
    const answer = copies ? await copies.read(hash) : null
    if (!answer) return readRecord(hash, null)
    if (answer.copy === 'ended') return { state: 'ended', member: null }
    const isLeased =
      answer.copy && answer.redisTimeMs <= answer.copy.until && clock.monotonicMs() >= quarantineUntilMs
    if (answer.copy && isLeased) return admit(hash, reviveMember(answer.copy.value), answer.copy)
    return readOnce(hash, answer)
  }
}
