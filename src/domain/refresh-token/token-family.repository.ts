import { type Database, deleteFew, sqlPiece } from '../../platform/database.ts'
import { isLiveSession, recordColumns, type SessionRow, toRecord } from '../session/session.repository.ts'
import type { FamilyRecord, TokenFamily } from './refresh-token.ts'

export type TokenFamilyRepository = ReturnType<typeof createTokenFamilyRepository>
export type FamilyRow = SessionRow & {
  family_id: string
  client_id: string
  scope: string
  family_created_at: Date
  family_last_used_at: Date
  family_expires_at: Date
  family_revoked_at: Date | null
}
type Ending = { reason: string; now: Date }

const publicFields = {
  id: true,
  sessionId: true,
  userId: true,
  clientId: true,
  scope: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
} as const

/** All that a `FamilyRecord` is made of, from a family `f`, its session `s` and its user `u`. */
export const familyColumns = sqlPiece`
  ${recordColumns}, f.id AS family_id, f.client_id, f.scope, f.created_at AS family_created_at,
  f.last_used_at AS family_last_used_at, f.expires_at AS family_expires_at, f.revoked_at AS family_revoked_at`

export const familiesWithOwner = sqlPiece`
  token_families f JOIN sessions s ON s.id = f.session_id JOIN users u ON u.id = f.user_id`

/** True in SQL where `isFamilyLive` is. */
export const isLive = (now: Date) =>
  sqlPiece`f.revoked_at IS NULL AND f.expires_at > ${now} AND ${isLiveSession(now)}`

export function createTokenFamilyRepository(database: Database) {
  return {
    async insert(family: TokenFamily): Promise<void> {
      await database.tokenFamily.create({ data: family, select: { id: true } })
    },

    /** Whether this client ever had any of this user's, as far as they are kept. */
    async hasAny(key: Pick<TokenFamily, 'userId' | 'clientId'>): Promise<boolean> {
      return (await database.tokenFamily.findFirst({ where: key, select: { id: true } })) !== null
    },

    /** To the session that goes on in the place of another. */
    async moveAll(from: string, to: string): Promise<void> {
      await database.tokenFamily.updateMany({ where: { sessionId: from }, data: { sessionId: to } })
    },

    async isLive(id: string, now: Date): Promise<boolean> {
      const rows = await database.$queryRaw<unknown[]>`
        SELECT f.id FROM ${familiesWithOwner} WHERE f.id = ${id} AND ${isLive(now)}`
      return rows.length > 0
    },

    async findOfOwner(
      key: Pick<TokenFamily, 'id' | 'userId'> & { sessionId?: string },
    ): Promise<TokenFamily | null> {
      return database.tokenFamily.findUnique({ where: key, select: publicFields })
    },

    /** Last used first. */
    async listLiveOfUser(userId: string, now: Date): Promise<TokenFamily[]> {
      const rows = await database.$queryRaw<FamilyRow[]>`
        SELECT ${familyColumns} FROM ${familiesWithOwner}
        WHERE f.user_id = ${userId} AND ${isLive(now)}
        ORDER BY f.last_used_at DESC, f.id`
      return rows.map((row) => toFamilyRecord(row).family)
    },

    /** All but the `most` of a session that were used last. */
    async listSurplus(sessionId: string, { most, now }: { most: number; now: Date }): Promise<TokenFamily[]> {
      return database.tokenFamily.findMany({
        where: { sessionId, revokedAt: null, expiresAt: { gt: now } },
        orderBy: [{ lastUsedAt: 'desc' }, { createdAt: 'desc' }, { id: 'asc' }],
        skip: most,
        select: publicFields,
      })
    },

    /** False when it was already revoked. */
    async revoke(id: string, { reason, now }: Ending): Promise<boolean> {
      const { count } = await database.tokenFamily.updateMany({
        where: { id, revokedAt: null },
        data: { revokedAt: now, revokeReason: reason },
      })
      return count === 1
    },

    /** Returns how many had not ended yet. */
    async revokeAllOfClient(clientId: string, { reason, now }: Ending): Promise<number> {
      const { count } = await database.tokenFamily.updateMany({
        where: { clientId, revokedAt: null, expiresAt: { gt: now } },
        data: { revokedAt: now, revokeReason: reason },
      })
      return count
    },

    async deleteExpired(before: Date, most: number): Promise<number> {
      const where = sqlPiece`expires_at < ${before}`
      return deleteFew(database, { table: sqlPiece`token_families`, key: sqlPiece`id`, where, most })
    },
  }
}

export function toFamilyRecord(row: FamilyRow): FamilyRecord {
  return {
    family: {
      id: row.family_id,
      sessionId: row.id,
      userId: row.user_id,
      clientId: row.client_id,
      scope: row.scope,
      createdAt: row.family_created_at,
      lastUsedAt: row.family_last_used_at,
      expiresAt: row.family_expires_at,
    },
    familyRevokedAt: row.family_revoked_at,
    owner: toRecord(row),
  }
}
