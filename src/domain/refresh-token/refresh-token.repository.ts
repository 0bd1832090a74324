import { type Database, deleteFew, type SqlPiece, sqlPiece } from '../../platform/database.ts'
import type { FamilyRecord, Rotation, TokenRecord } from './refresh-token.ts'
import {
  type FamilyRow,
  familiesWithOwner,
  familyColumns,
  isLive,
  toFamilyRecord,
} from './token-family.repository.ts'

export type RefreshTokenRepository = ReturnType<typeof createRefreshTokenRepository>
type TokenRow = FamilyRow & { token_created_at: Date; used_at: Date | null; successor: string | null }

export function createRefreshTokenRepository(database: Database) {
  /** The token, its family, session and user in one query, whatever their state. */
  async function find(tokenHash: string): Promise<TokenRecord | null> {
    const [row] = await database.$queryRaw<TokenRow[]>`
      SELECT t.created_at AS token_created_at, t.used_at, t.successor, ${familyColumns}
      FROM ${familiesWithOwner} JOIN refresh_tokens t ON t.family_id = f.id
      WHERE t.token_hash = ${tokenHash}`
    return row ? toTokenRecord(row) : null
  }

  return {
    find,

    async insert(token: { tokenHash: string; familyId: string; createdAt: Date }): Promise<void> {
      await database.refreshToken.create({ data: token, select: { tokenHash: true } })
    },

    /** Call it in a transaction. Null when the token could not be used; exactly one caller succeeds. */
    async rotate(rotation: Rotation): Promise<FamilyRecord | null> {
      if ((await database.$executeRaw(markUsed(rotation))) === 0) return null
      const { tokenHash, successorHash } = rotation
      await database.$executeRaw(
        insertSuccessor(rotation, sqlPiece`refresh_tokens WHERE token_hash = ${tokenHash}`),
      )
      const made = sqlPiece`SELECT family_id FROM refresh_tokens WHERE token_hash = ${successorHash}`
      await database.$executeRaw(touchFamily(rotation, made))
      return find(successorHash)
    },

    /** The same in one statement, which only PostgreSQL can do: one round trip instead of a transaction’s. */
    async rotateAtOnce(rotation: Rotation): Promise<FamilyRecord | null> {
      const [row] = await database.$queryRaw<FamilyRow[]>`/* rotate-refresh-token */
        WITH used AS (${markUsed(rotation)} RETURNING family_id),
             made AS (${insertSuccessor(rotation, sqlPiece`used`)}),
             touched AS (${touchFamily(rotation, sqlPiece`SELECT family_id FROM used`)})
        SELECT ${familyColumns} FROM ${familiesWithOwner} JOIN used ON used.family_id = f.id`
      return row ? toFamilyRecord(row) : null
    },

    /** A few at a time, before their families: each family may have thousands. */
    async deleteExpired(before: Date, most: number): Promise<number> {
      const where = sqlPiece`family_id IN (SELECT id FROM token_families WHERE expires_at < ${before})`
      return deleteFew(database, { table: sqlPiece`refresh_tokens`, key: sqlPiece`token_hash`, where, most })
    },
  }
}

function markUsed({ tokenHash, clientId, sealedSuccessor, now }: Rotation): SqlPiece {
  return sqlPiece`
    UPDATE refresh_tokens SET used_at = ${now}, successor = ${sealedSuccessor}
    WHERE token_hash = ${tokenHash} AND used_at IS NULL AND family_id IN (
      SELECT f.id FROM ${familiesWithOwner} WHERE f.client_id = ${clientId} AND ${isLive(now)})`
}

function insertSuccessor({ successorHash, now }: Rotation, used: SqlPiece): SqlPiece {
  return sqlPiece`
    INSERT INTO refresh_tokens (token_hash, family_id, created_at)
    SELECT ${successorHash}, family_id, ${now} FROM ${used}`
}

function touchFamily({ now }: Rotation, family: SqlPiece): SqlPiece {
  return sqlPiece`UPDATE token_families SET last_used_at = ${now} WHERE id IN (${family})`
}

function toTokenRecord(row: TokenRow): TokenRecord {
  return {
    ...toFamilyRecord(row),
    createdAt: row.token_created_at,
    usedAt: row.used_at,
    successor: row.successor,
  }
}
