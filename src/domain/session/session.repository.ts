import { type Database, deleteFew, joinSql, type SqlPiece, sqlPiece } from '../../platform/database.ts'
import { insertAuditEvent } from '../audit-event/audit-event.repository.ts'
import type { AuditEvent } from '../audit-event/audit-event.ts'
import type { Role } from '../user/user.ts'
import {
  type EndedSessions,
  LIVE_SESSIONS_OF_A_USER,
  type Session,
  type SessionRecord,
  type SignInMethod,
} from './session.ts'

export type SessionRepository = ReturnType<typeof createSessionRepository>
export type NewSession = Session & {
  secretHash: string
  userId: string
  userEpoch: number
  /** The id of the session that it goes on for. */
  inPlaceOf?: string
}
export type SessionRow = {
  id: string
  method: SignInMethod
  remember: boolean | number
  ip: string
  user_agent: string
  created_at: Date
  authenticated_at: Date
  last_seen_at: Date
  idle_expires_at: Date
  expires_at: Date
  revoked_at: Date | null
  user_epoch: number | bigint
  user_id: string
  email: string
  email_verified_at: Date | null
  username: string | null
  display_name: string | null
  role: Role
  is_active: boolean | number
  user_created_at: Date
  user_updated_at: Date
  session_epoch: number | bigint
  system_epoch: Date | string | null
}

export type EndedSession = { id: string; userId: string; secretHash: string; expiresAt: Date }
/** How a session ended, and who did it. */
export type EndRow = {
  user_id: string
  created_at: Date
  revoked_at: Date | null
  reason: string | null
  system_epoch: Date | string | null
  actor_id: string | null
  user_agent: string | null
}

/** All that a `SessionRecord` is made of, from a session `s` and its user `u`. */
export const recordColumns = sqlPiece`
  s.id, s.method, s.remember, s.ip, s.user_agent, s.created_at, s.authenticated_at, s.last_seen_at,
  s.idle_expires_at, s.expires_at, s.revoked_at, s.user_epoch,
  u.id AS user_id, u.email, u.email_verified_at, u.username, u.display_name, u.role, u.is_active,
  u.created_at AS user_created_at, u.updated_at AS user_updated_at, u.session_epoch,
  (SELECT session_epoch FROM system WHERE id = 1) AS system_epoch`

/** True in SQL for a session `s` of a user `u` where `readSessionState` says "live". */
export const isLiveSession = (now: Date) => sqlPiece`s.revoked_at IS NULL AND ${isInForce(now)}`

/** The same, whether or not it was ended by itself. */
const isInForce = (now: Date) => sqlPiece`
  s.expires_at > ${now} AND s.idle_expires_at > ${now}
  AND s.user_epoch = u.session_epoch AND u.is_active
  AND NOT EXISTS (SELECT 1 FROM system WHERE session_epoch > s.created_at)`

const ENDED_AT_ONCE = 1_000
/** Of a person's ended sessions, when it is asked what they sign in with. */
const ENDED_LOOKED_AT = 200

export function createSessionRepository(database: Database) {
  return {
    async insert(session: NewSession): Promise<void> {
      await database.$executeRaw(insertSession(session))
    },

    /** Both in one statement, which only PostgreSQL can do: one round trip instead of a transaction’s four. */
    async insertWithEvent(session: NewSession, event: AuditEvent): Promise<void> {
      await database.$executeRaw`/* start-session */
        WITH started AS (${insertSession(session)}) ${insertAuditEvent(event)}`
    },

    /** Whether this user has ever signed in, as far as is kept, and with this program from this address. */
    async findPast({
      userId,
      ip,
      userAgent,
    }: NewSession): Promise<{ hasSignedIn: boolean; isSameProgram: boolean }> {
      const [row] = await database.$queryRaw<{ has_signed_in: unknown; is_same_program: unknown }[]>`
        SELECT
          EXISTS (SELECT 1 FROM audit_events WHERE subject_id = ${userId} AND action = 'session.started')
            AS has_signed_in,
          EXISTS (
            SELECT 1 FROM sessions
            WHERE user_id = ${userId} AND revoked_at IS NULL AND ip = ${ip} AND user_agent = ${userAgent})
          OR EXISTS (
            SELECT 1 FROM (
              SELECT ip, user_agent FROM sessions WHERE user_id = ${userId} AND revoked_at IS NOT NULL
              ORDER BY revoked_at DESC LIMIT ${ENDED_LOOKED_AT}) AS ended
            WHERE ip = ${ip} AND user_agent = ${userAgent}) AS is_same_program`
      return { hasSignedIn: Boolean(row?.has_signed_in), isSameProgram: Boolean(row?.is_same_program) }
    },

    /** The session, its user and the epochs in one query, whatever its state. */
    async findBySecretHash(secretHash: string): Promise<SessionRecord | null> {
      const [row] = await database.$queryRaw<SessionRow[]>`
        SELECT ${recordColumns}
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.secret_hash = ${secretHash}`
      return row ? toRecord(row) : null
    },

    /** Null for a secret that nobody ever had. An end and its event have the same time: they are written together. */
    async findEnd(secretHash: string): Promise<EndRow | null> {
      const [row] = await database.$queryRaw<EndRow[]>`
        SELECT s.user_id, s.created_at, s.revoked_at, s.revoke_reason AS reason, a.actor_id, a.user_agent,
          (SELECT session_epoch FROM system WHERE id = 1) AS system_epoch
        FROM sessions s LEFT JOIN audit_events a ON a.subject_id = s.user_id AND a.at = s.revoked_at
          AND a.action IN ('session.ended', 'session.all_ended')
        WHERE s.secret_hash = ${secretHash} LIMIT 1`
      return row ?? null
    },

    /** Most recently used first. */
    async listLiveOfUser(userId: string, now: Date): Promise<Session[]> {
      const rows = await database.$queryRaw<SessionRow[]>`
        SELECT ${recordColumns} FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.user_id = ${userId} AND ${isLiveSession(now)}
        ORDER BY s.last_seen_at DESC, s.id LIMIT ${LIVE_SESSIONS_OF_A_USER}`
      return rows.map((row) => toRecord(row).session)
    },

    /** The live ones beyond `most`: the least recently used ones of the program that has the most. */
    async listSurplus(
      userId: string,
      { most, now }: { most: number; now: Date },
    ): Promise<{ secretHash: string; expiresAt: Date }[]> {
      return database.$queryRaw`/* find-surplus-sessions */
        SELECT secret_hash AS "secretHash", expires_at AS "expiresAt" FROM (
          SELECT s.id, s.secret_hash, s.expires_at, s.last_seen_at, s.created_at, ROW_NUMBER() OVER (
            PARTITION BY s.user_agent ORDER BY s.last_seen_at DESC, s.created_at DESC, s.id) AS place
          FROM sessions s JOIN users u ON u.id = s.user_id
          WHERE s.user_id = ${userId} AND ${isLiveSession(now)}) AS placed
        ORDER BY place, last_seen_at DESC, created_at DESC, id LIMIT ${ENDED_AT_ONCE} OFFSET ${most}`
    },

    /** Whatever its state; null when it does not exist or is somebody else's. */
    async findOfUser(userId: string, id: string): Promise<Pick<Session, 'id' | 'expiresAt'> | null> {
      const where = { id, userId }
      const found = await database.session.findUnique({ where, select: { id: true, expiresAt: true } })
      return found && { id, expiresAt: found.expiresAt.toISOString() }
    },

    /** With whatever goes on in its place under a new secret. Doing it again changes nothing: then it is not new. */
    async revoke(
      secretHash: string,
      { reason, now }: { reason: string; now: Date },
    ): Promise<{ isNew: boolean; ended: EndedSession[] }> {
      const revokeLine = sqlPiece`
        UPDATE sessions SET revoked_at = ${now}, revoke_reason = ${reason}
        WHERE revoked_at IS NULL AND user_id = (SELECT user_id FROM sessions WHERE secret_hash = ${secretHash})
          AND COALESCE(began_as, id) = (SELECT COALESCE(began_as, id) FROM sessions WHERE secret_hash = ${secretHash})`
      const count = await database.$executeRaw(revokeLine)
      // Where this waited for a renewal that was under way, what it left behind is seen only now.
      const countOfLate = await database.$executeRaw(revokeLine)
      const ended = await database.$queryRaw<EndedSession[]>`
        SELECT s.id, s.user_id AS "userId", s.secret_hash AS "secretHash", s.expires_at AS "expiresAt"
        FROM sessions s JOIN sessions named ON named.user_id = s.user_id
        WHERE named.secret_hash = ${secretHash} AND s.revoked_at = ${now} AND s.revoke_reason = ${reason}
          AND COALESCE(s.began_as, s.id) = COALESCE(named.began_as, named.id)`
      return { isNew: count + countOfLate > 0, ended }
    },

    /** Whatever its state. */
    async findOwner(id: string): Promise<{ userId: string; expiresAt: Date } | null> {
      return database.session.findUnique({ where: { id }, select: { userId: true, expiresAt: true } })
    },

    /** Whether it goes on under a new secret, or did for a while. */
    async isRenewed(userId: string, id: string): Promise<boolean> {
      return (await database.session.count({ where: { id, userId, revokeReason: 'renewed' } })) > 0
    },

    /**
     * Retires its secret. False when the session, or its user, is no longer the one that was judged. Once more within the grace
     * is as good: a form can be sent twice.
     */
    async retire(id: string, { now, graceSince }: { now: Date; graceSince: Date }): Promise<boolean> {
      const count = await database.$executeRaw`
        UPDATE sessions SET revoked_at = ${now}, revoke_reason = 'renewed'
        WHERE id = ${id} AND (revoked_at IS NULL OR (revoke_reason = 'renewed' AND revoked_at > ${graceSince}))
          AND id IN (
            SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.id = ${id} AND ${isInForce(now)})
          AND NOT EXISTS (
            SELECT 1 FROM sessions o WHERE o.user_id = sessions.user_id AND o.revoke_reason <> 'renewed'
              AND COALESCE(o.began_as, o.id) = COALESCE(sessions.began_as, sessions.id))`
      return count === 1
    },

    /** Those of them that are live. */
    async listLiveAmong(secretHashes: string[], now: Date): Promise<string[]> {
      if (secretHashes.length === 0) return []
      const rows = await database.$queryRaw<{ hash: string }[]>`
        SELECT s.secret_hash AS hash FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.secret_hash IN (${joinSql(secretHashes)}) AND ${isLiveSession(now)}`
      return rows.map(({ hash }) => hash)
    },

    async countLive(now: Date): Promise<number> {
      const [row] = await database.$queryRaw<{ count: number | bigint }[]>`
        SELECT COUNT(*) AS count FROM sessions s JOIN users u ON u.id = s.user_id WHERE ${isLiveSession(now)}`
      return Number(row?.count ?? 0)
    },

    /** Those dated later than `now` by a clock that is ahead, and those of this very millisecond. */
    async revokeBegunSince(now: Date, reason: string): Promise<void> {
      await database.session.updateMany({
        where: { createdAt: { gte: now }, revokedAt: null },
        data: { revokedAt: now, revokeReason: reason },
      })
    },

    async revokeAllOfUser(userId: string, { reason, now }: { reason: string; now: Date }): Promise<void> {
      await database.session.updateMany({
        where: { userId, revokedAt: null, expiresAt: { gt: now } },
        data: { revokedAt: now, revokeReason: reason },
      })
    },

    /** All but one. Those that it ended. */
    async revokeOthers(
      userId: string,
      { keptId, reason, now }: { keptId: string; reason: string; now: Date },
    ): Promise<{ secretHash: string; expiresAt: Date }[]> {
      const others = { userId, id: { not: keptId }, expiresAt: { gt: now } }
      const ended = { revokedAt: now, revokeReason: reason }
      await database.session.updateMany({ where: { ...others, revokedAt: null }, data: ended })
      return database.session.findMany({
        where: { ...others, ...ended },
        select: { secretHash: true, expiresAt: true },
      })
    },

    /** They go on although their user's epoch was raised: all but those that began in this way. Of those only one is kept. */
    async carryOver(
      userId: string,
      { keptId, method, epoch }: { keptId: string; method: string; epoch: number },
    ): Promise<void> {
      await database.$executeRaw`
        UPDATE sessions SET user_epoch = ${epoch}
        WHERE user_id = ${userId} AND user_epoch = ${epoch - 1} AND (method <> ${method} OR id = ${keptId})`
    },

    /** Those of a user that began in this way, but for one. How many it ended. */
    async revokeOthersOfMethod(
      userId: string,
      { keptId, method, reason, now }: { keptId: string; method: string; reason: string; now: Date },
    ): Promise<number> {
      const { count } = await database.session.updateMany({
        where: { userId, method, id: { not: keptId }, revokedAt: null, expiresAt: { gt: now } },
        data: { revokedAt: now, revokeReason: reason },
      })
      return count
    },

    /** Whether two ids name one session, before and after it got a new secret. */
    async isSame(userId: string, one: string, other: string): Promise<boolean> {
      const where = { userId, id: { in: [one, other] } }
      const found = await database.session.findMany({ where, select: { id: true, beganAs: true } })
      const beginnings = new Set(found.map(({ id, beganAs }) => beganAs ?? id))
      return found.length === 2 && beginnings.size === 1
    },

    /** Those that could still be in Redis. */
    async listGraves({ userId, epoch }: EndedSessions, now: Date) {
      return database.session.findMany({
        where: { userId, userEpoch: { lt: epoch }, expiresAt: { gt: now } },
        select: { secretHash: true, expiresAt: true },
      })
    },

    /** Those that could still be shown. */
    async listSecretHashesOfUser(userId: string, now: Date): Promise<string[]> {
      const where = { userId, revokedAt: null, expiresAt: { gt: now } }
      const found = await database.session.findMany({ where, select: { secretHash: true } })
      return found.map(({ secretHash }) => secretHash)
    },

    /** Only forward, and only while it lives: a slow request cannot prolong an ended session. */
    async markSeen(id: string, seen: Pick<Session, 'lastSeenAt' | 'idleExpiresAt'>): Promise<void> {
      await database.session.updateMany({
        where: { id, revokedAt: null, lastSeenAt: { lt: seen.lastSeenAt } },
        data: seen,
      })
    },

    /** Nobody else holds it or ends it until the transaction ends. False when it has already ended. */
    async hold(id: string, now: Date): Promise<boolean> {
      const count = await database.$executeRaw`
        UPDATE sessions SET revoked_at = NULL
        WHERE id = ${id} AND revoked_at IS NULL AND id IN (
          SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ${id} AND ${isLiveSession(now)})`
      return count === 1
    },

    /** Whatever their state, with their tokens. */
    async deleteOfUser(userId: string, most: number): Promise<number> {
      const where = sqlPiece`user_id = ${userId}`
      return deleteFew(database, { table: sqlPiece`sessions`, key: sqlPiece`id`, where, most })
    },

    async deleteExpired(before: Date, most: number): Promise<number> {
      const where = sqlPiece`expires_at < ${before}`
      return deleteFew(database, { table: sqlPiece`sessions`, key: sqlPiece`id`, where, most })
    },
  }
}

function insertSession(session: NewSession): SqlPiece {
  const { id, secretHash, userId, userEpoch, method, remember, ip, userAgent, inPlaceOf = null } = session
  const { createdAt, authenticatedAt, lastSeenAt, idleExpiresAt, expiresAt } = session
  const times = [createdAt, authenticatedAt, lastSeenAt, idleExpiresAt, expiresAt].map(
    (time) => new Date(time),
  )
  return sqlPiece`
    INSERT INTO sessions (
      id, secret_hash, user_id, user_epoch, method, remember, ip, user_agent,
      created_at, authenticated_at, last_seen_at, idle_expires_at, expires_at, began_as)
    VALUES (
      ${id}, ${secretHash}, ${userId}, ${userEpoch}, ${method}, ${remember}, ${ip}, ${userAgent},
      ${joinSql(times)}, (SELECT COALESCE(began_as, id) FROM sessions WHERE id = ${inPlaceOf}))`
}

export function toRecord(row: SessionRow): SessionRecord {
  return {
    user: {
      id: row.user_id,
      email: row.email,
      emailVerifiedAt: row.email_verified_at?.toISOString() ?? null,
      username: row.username,
      displayName: row.display_name,
      role: row.role,
      isActive: Boolean(row.is_active),
      createdAt: row.user_created_at.toISOString(),
      updatedAt: row.user_updated_at.toISOString(),
    },
    session: {
      id: row.id,
      method: row.method,
      remember: Boolean(row.remember),
      ip: row.ip,
      userAgent: row.user_agent,
      createdAt: row.created_at.toISOString(),
      authenticatedAt: row.authenticated_at.toISOString(),
      lastSeenAt: row.last_seen_at.toISOString(),
      idleExpiresAt: row.idle_expires_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
    },
    userEpoch: Number(row.user_epoch),
    currentUserEpoch: Number(row.session_epoch),
    systemEpoch: new Date(row.system_epoch ?? 0).toISOString(),
    revokedAt: row.revoked_at,
  }
}
