import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { SessionCopies } from '../../platform/session-copies.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import { later, MINUTE_MS } from '../time.ts'
import type { UserWithPasswordHash } from '../user/user.ts'
import type { Member, Session, SignInMethod } from './session.ts'
import type { Check, LiveSession } from './session-check.ts'
import type { Grave, Tombstones } from './tombstones.ts'
import type { UnconfirmedEnds } from './unconfirmed-ends.ts'

export type SessionService = ReturnType<typeof createSessionService>
export type EndReason = 'signed-out' | 'signed-out-everywhere' | 'signed-in-again' | 'taken-over'
/** A session that is about to begin: nothing of it is stored yet. */
export type NewSession = { user: UserWithPasswordHash; session: Session; origin: Origin }
type Ending = { reason: EndReason; by: { member: Member; origin: Origin } | null }

type Dependencies = {
  check: (secret: string) => Promise<Check>
  tombstones: Tombstones
  unconfirmedEnds: UnconfirmedEnds
  copies: SessionCopies<Member> | null
  repositories: Repositories
  transact: Transact
  clock: Clock
  log: Log
  lifetimes: { idleMs: number; absoluteMs: number; rememberMs: number }
}

const SECRET_BYTES = 48
const ID_BYTES = 16
const SEEN_EVERY_MS = MINUTE_MS

/** How a session lives and dies: SQL is the truth, Redis holds leased copies. */
export function createSessionService(dependencies: Dependencies) {
  const { check, tombstones, unconfirmedEnds, copies, repositories, transact, clock, log, lifetimes } =
    dependencies
  const beingMarked = new Set<string>()

  function prepare({
    user,
    method,
    remember,
    origin,
  }: { method: SignInMethod; remember: boolean } & Omit<NewSession, 'session'>) {
    const now = clock.now()
    const session: Session = {
      id: `ses_${randomSecret(ID_BYTES)}`,
      method,
      remember,
      ip: origin.ip,
      userAgent: origin.userAgent,
      createdAt: now,
      authenticatedAt: now,
      lastSeenAt: now,
      idleExpiresAt: later(now, lifetimes.idleMs),
      expiresAt: later(now, remember ? lifetimes.rememberMs : lifetimes.absoluteMs),
    }
    return { user, session, origin }
  }

  /** Inserts the session. Its first check fills Redis, so one that races with "everywhere out" is dead on arrival. */
  async function start(secret: string, { user, session, origin }: NewSession): Promise<void> {
    const keys = { secretHash: hashSecret(secret), userId: user.id, userEpoch: user.sessionEpoch }
    const details = { session: session.id, method: session.method }
    const event = { at: session.createdAt, actorId: user.id, subjectId: user.id, origin, details }
    await transact(async ({ sessions, audit }) => {
      await sessions.insert({ ...session, ...keys })
      await audit.record({ action: 'session.started', ...event })
    })
  }

  /**
   * Ends one session, for good. `ended` when no process can accept it any more; `unconfirmed` when SQL could not be told:
   * then it is dead here and under a tombstone, and SQL is told as soon as it answers.
   */
  async function end(secret: string, ending: Ending): Promise<'ended' | 'unconfirmed'> {
    const secretHash = hashSecret(secret)
    const expiresAt = ending.by?.member.session.expiresAt ?? later(clock.now(), lifetimes.rememberMs)
    try {
      await revoke(secretHash, ending)
    } catch (error) {
      if (!(error instanceof PortalError)) throw error
      unconfirmedEnds.add(secretHash)
      await tombstones.buryNow({ secretHash, expiresAt })
      return 'unconfirmed'
    }
    await tombstones.bury([{ secretHash, expiresAt }])
    return 'ended'
  }

  async function revoke(secretHash: string, { reason, by }: Ending) {
    const now = clock.now()
    await transact(async ({ sessions, audit }) => {
      const wasLive = await sessions.revoke(secretHash, { reason, now })
      if (!wasLive || !by) return
      const { user, session } = by.member
      const event = { at: now, actorId: user.id, subjectId: user.id, origin: by.origin }
      await audit.record({ action: 'session.ended', ...event, details: { session: session.id, reason } })
    })
  }

  /** Ends every session the user has when this is called. */
  async function endAll({ user }: Member, origin: Origin): Promise<void> {
    const graves = await transact((parts) =>
      endAllOfUser(parts, { userId: user.id, reason: 'signed-out-everywhere', origin }),
    )
    await tombstones.bury(graves)
  }

  /** The part of "end many" that belongs in the transaction of its cause; then the graves are to be buried. */
  async function endAllOfUser(
    { users, sessions, audit }: Repositories,
    { userId, reason, origin }: { userId: string; reason: EndReason; origin: Origin },
  ): Promise<Grave[]> {
    const now = clock.now()
    await users.raiseSessionEpoch(userId)
    await sessions.revokeAllOfUser(userId, { reason, now })
    await audit.record({
      at: now,
      action: 'session.all_ended',
      actorId: userId,
      subjectId: userId,
      origin,
      details: { reason },
    })
    return sessions.listGravesOfUser(userId, now)
  }

  /** The session was used: prolongs it, at most once a minute. Never in the request's way. */
  function markSeen(secret: string, { member, copy }: LiveSession): void {
    const { session } = member
    const now = clock.now()
    if (now.getTime() - session.lastSeenAt.getTime() < SEEN_EVERY_MS || beingMarked.has(session.id)) return
    beingMarked.add(session.id)
    const seen = { lastSeenAt: now, idleExpiresAt: later(now, lifetimes.idleMs) }
    repositories.sessions
      .markSeen(session.id, seen)
      .then(
        () => copy && copies?.save(hashSecret(secret), copy, { ...member, session: { ...session, ...seen } }),
      )
      .catch((error) =>
        log.warn({ err: error, session: session.id }, 'could not note that a session was used'),
      )
      .finally(() => beingMarked.delete(session.id))
  }

  return {
    makeSecret: () => `s_${randomSecret(SECRET_BYTES)}`,
    check,
    prepare,
    start,
    end,
    endAll,
    endAllOfUser,
    bury: tombstones.bury,
    markSeen,
    /** What a request read may be written back only while it is still what Redis holds. */
    saveCopy: async (secret: string, { copy, member }: LiveSession) =>
      copy && copies?.save(hashSecret(secret), copy, member),
    close() {
      tombstones.close()
      unconfirmedEnds.close()
    },
  }
}
