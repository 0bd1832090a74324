import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { SessionCopies } from '../../platform/session-copies.ts'
import type { Tally } from '../../platform/tally.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import { later, MINUTE_MS } from '../time.ts'
import type { UserWithPasswordHash } from '../user/user.ts'
import type { FindPastEnd } from './past-end.ts'
import {
  type Browser,
  type EndedSessions,
  type Member,
  type Session,
  type SignInMethod,
  toSecretHash,
  toSessionId,
} from './session.ts'
import type { LiveSession, SessionCheck } from './session-check.ts'
import type { EndReason, RecordEnd } from './session-end.ts'
import type { SessionRenewal } from './session-renewal.ts'
import type { RecordStart } from './session-start.ts'
import type { ShowChanged } from './shown-changes.ts'
import type { EndSurplus } from './surplus-end.ts'
import type { Grave, Tombstones } from './tombstones.ts'
import type { UnconfirmedEnds } from './unconfirmed-ends.ts'

export type SessionService = ReturnType<typeof createSessionService>
/** A session about to begin; nothing is stored yet. */
export type NewSession = {
  user: UserWithPasswordHash
  session: Session
  browser: Browser
  origin: Origin
}
/** `actorId` is the person ending them, if not their owner; null at the command line. */
type Ending = { reason: EndReason; origin: Origin; actorId?: string | null; expiresAt?: Date }
type EndingOfMany = { userId: string; reason: EndReason; origin: Origin; actorId?: string | null }
type EndingOfMethod = { member: Member; method: string; origin: Origin }

type Dependencies = {
  check: SessionCheck
  findPastEnd: FindPastEnd
  recordStart: RecordStart
  recordEnd: RecordEnd
  tombstones: Tombstones
  unconfirmedEnds: UnconfirmedEnds
  renewal: SessionRenewal
  showChanged: ShowChanged
  copies: SessionCopies<Member> | null
  repositories: Repositories
  transact: Transact
  endSurplus: EndSurplus
  tally: Tally
  clock: Clock
  log: Log
  lifetimes: { idleMs: number; absoluteMs: number; rememberMs: number }
}

const SECRET_BYTES = 48
const SEEN_AT_MOST_EVERY_MS = MINUTE_MS

/** How a session lives and dies: SQL is the truth, Redis holds leased copies. */
export function createSessionService(dependencies: Dependencies) {
  const {
    check,
    findPastEnd,
    recordStart,
    recordEnd,
    tombstones,
    unconfirmedEnds,
    renewal,
    showChanged,
    copies,
    repositories,
    transact,
    endSurplus,
    tally,
    clock,
    log,
    lifetimes,
  } = dependencies
  const seenEveryMs = Math.min(SEEN_AT_MOST_EVERY_MS, lifetimes.idleMs / 4)
  const beingMarked = new Set<string>()

  function prepare(
    secret: string,
    {
      user,
      method,
      remember,
      browser,
      origin,
    }: { method: SignInMethod; remember: boolean } & Omit<NewSession, 'session'>,
  ) {
    const now = clock.now()
    const beganAt = now.toISOString()
    const session: Session = {
      id: toSessionId(hashSecret(secret)),
      method,
      remember,
      ip: origin.ip,
      userAgent: origin.userAgent,
      createdAt: beganAt,
      authenticatedAt: beganAt,
      lastSeenAt: beganAt,
      idleExpiresAt: later(now, lifetimes.idleMs).toISOString(),
      expiresAt: later(now, remember ? lifetimes.rememberMs : lifetimes.absoluteMs).toISOString(),
    }
    return { user, session, browser, origin }
  }

  /** Inserts the session. Its first check fills Redis, so one that races with "everywhere out" is dead on arrival. */
  async function start(secret: string, { user, session, browser, origin }: NewSession): Promise<void> {
    const keys = { secretHash: hashSecret(secret), userId: user.id, userEpoch: user.sessionEpoch }
    const details = { session: session.id, method: session.method }
    const event = { at: new Date(session.createdAt), actorId: user.id, subjectId: user.id, origin, details }
    await recordStart(
      { user, session: { ...session, ...keys }, browser },
      { action: 'session.started', ...event },
    )
    tally.countSignIn(session.method, 'succeeded')
    // The session has begun. What should have ended can end at the next sign-in.
    await endSurplus(user.id, origin).catch((error) =>
      log.warn({ err: error }, 'a person has more sessions than the bound'),
    )
  }

  /**
   * Ends one session for good. `ended`: no process can accept it any more. `unconfirmed`: SQL could not be told; the session is
   * dead here and has a tombstone, and SQL is told as soon as it answers.
   */
  async function end(sessionId: string, { expiresAt, ...ending }: Ending): Promise<'ended' | 'unconfirmed'> {
    const at = clock.now()
    const latest = later(at, Math.max(lifetimes.absoluteMs, lifetimes.rememberMs))
    const secretHash = toSecretHash(sessionId)
    if (!secretHash) return 'ended'
    const sessionEnd = { ...ending, secretHash, expiresAt: expiresAt ?? latest, at }
    let others: Grave[] = []
    try {
      others = await recordEnd(sessionEnd)
    } catch (error) {
      if (!(error instanceof PortalError)) throw error
      unconfirmedEnds.add(sessionEnd)
      await tombstones.buryNow([sessionEnd])
      return 'unconfirmed'
    }
    await tombstones.bury([sessionEnd, ...others])
    return 'ended'
  }

  /** Ends every session the user has when this is called. */
  async function endAll({ user }: Member, origin: Origin): Promise<void> {
    const ending = { userId: user.id, reason: 'signed-out-everywhere', origin } as const
    await bury(await transact((parts) => endAllOfUser(parts, ending)))
  }

  /** Ends every session the user has when this is called, but for the one that asks. */
  async function endOthers({ user, session }: Member, origin: Origin): Promise<void> {
    const [now, reason] = [clock.now(), 'others-signed-out' satisfies EndReason] as const
    const ended = await transact(async ({ userChanges, sessions, audit }) => {
      // A session that is just being renewed is found under its new secret.
      await userChanges.hold(user.id)
      const ended = await sessions.revokeOthers(user.id, { keptId: session.id, reason, now })
      const event = { at: now, actorId: user.id, subjectId: user.id, origin, details: { reason } }
      if (ended.length > 0) await audit.record({ action: 'session.all_ended', ...event })
      return ended
    })
    await tombstones.bury(ended)
  }

  /** The part of "end many" that belongs in the transaction that causes it. Bury them after the commit. */
  async function endAllOfUser(
    { users, sessions, audit }: Repositories,
    { userId, reason, origin, actorId = userId }: EndingOfMany,
  ): Promise<EndedSessions> {
    const at = clock.now()
    const epoch = await users.raiseSessionEpoch(userId)
    await sessions.revokeAllOfUser(userId, { reason, now: at })
    const event = { at, actorId, subjectId: userId, origin, details: { reason } }
    await audit.record({ action: 'session.all_ended', ...event })
    return { userId, epoch }
  }

  /**
   * The same for the sessions that began in one way, but for the one that asks. The epoch is raised for a sign-in in that way that
   * is under way: it is dead on arrival. Every other session is carried over.
   */
  async function endOthersOfMethod(
    { users, sessions, audit }: Repositories,
    { member: { user, session }, method, origin }: EndingOfMethod,
  ): Promise<EndedSessions> {
    const [at, reason] = [clock.now(), 'identity-unlinked' satisfies EndReason] as const
    const epoch = await users.raiseSessionEpoch(user.id)
    await sessions.carryOver(user.id, { keptId: session.id, method, epoch })
    const count = await sessions.revokeOthersOfMethod(user.id, {
      keptId: session.id,
      method,
      reason,
      now: at,
    })
    const event = { at, actorId: user.id, subjectId: user.id, origin, details: { reason } }
    if (count > 0) await audit.record({ action: 'session.all_ended', ...event })
    return { userId: user.id, epoch }
  }

  /** Lists them only now: a session that began during the transaction may have been read and copied before the commit. */
  async function bury(ended: EndedSessions): Promise<void> {
    await tombstones.bury(await repositories.sessions.listGraves(ended, clock.now()))
  }

  /** Prolongs a session that was used, at most once a minute. The request does not wait for it. */
  function markSeen(secret: string, { member, copy, isStale }: LiveSession): void {
    if (isStale) return
    noteSeen(member, (seen) => copy && copies?.save(hashSecret(secret), copy, seen))
  }

  function noteSeen(member: Member, andThen: (seen: Member) => unknown = () => null): void {
    const { session } = member
    const now = clock.now()
    const isRecent = now.getTime() - Date.parse(session.lastSeenAt) < seenEveryMs
    if (isRecent || beingMarked.has(session.id)) return
    beingMarked.add(session.id)
    const seen = { lastSeenAt: now.toISOString(), idleExpiresAt: later(now, lifetimes.idleMs).toISOString() }
    repositories.sessions
      .markSeen(session.id, seen)
      .then(() => andThen({ ...member, session: { ...session, ...seen } }))
      .catch((error) => {
        if (error instanceof PortalError) return
        log.warn({ err: error, session: session.id }, 'could not note that a session was used')
      })
      .finally(() => beingMarked.delete(session.id))
  }

  return {
    makeSecret: () => `s_${randomSecret(SECRET_BYTES)}`,
    check: check.bySecret,
    checkById: check.byId,
    /** Why the session of this secret is over, if it ended within a day. */
    findPastEnd: (secret: string) => findPastEnd(hashSecret(secret)),
    prepare,
    start,
    prepareRenewal: renewal.prepare,
    renew: renewal.renew,
    end,
    endAll,
    endOthers,
    endAllOfUser,
    endOthersOfMethod,
    bury,
    showChanged,
    markSeen,
    /** The same where one of its refresh tokens was used. */
    markSeenByToken: (member: Member) => noteSeen(member),
    /** What a request has read may be written back only while Redis still holds the same. */
    saveCopy: async (secret: string, { copy, member }: LiveSession) =>
      copy && copies?.save(hashSecret(secret), copy, member),
    /** Ends that Redis (`tombstones`) or SQL (`signOuts`) still has to be told. */
    readUnconfirmed: () => ({ tombstones: tombstones.countUnconfirmed(), signOuts: unconfirmedEnds.count() }),
    close() {
      tombstones.close()
      unconfirmedEnds.close()
    },
  }
}
