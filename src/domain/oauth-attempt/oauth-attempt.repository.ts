import { type Database, deleteFew, sqlPiece } from '../../platform/database.ts'
import type { Encryption } from '../../platform/encryption.ts'

export type OAuthAttemptRepository = ReturnType<typeof createOAuthAttemptRepository>
/** A sign-in in progress at a provider. It belongs to the browser that started it. */
export type OAuthAttempt = {
  stateHash: string
  browserHash: string
  provider: string
  remember: boolean
  returnTo: string
  /** Whose session it proves; null where somebody signs in. */
  sessionId: string | null
  /** The form that waits for the proof. */
  typed: Record<string, string> | null
  createdAt: Date
  expiresAt: Date
}

export function createOAuthAttemptRepository(database: Database, encryption: Encryption) {
  const placeOf = (row: string) => ({ table: 'oauth_attempts', column: 'typed', row })

  return {
    async insert({ typed, ...attempt }: OAuthAttempt): Promise<void> {
      const sealed = typed && encryption.encryptDict(typed, placeOf(attempt.stateHash))
      await database.oAuthAttempt.create({ data: { ...attempt, typed: sealed } })
    },

    /** Reads and removes: of two callbacks with the same state, only one gets it. */
    async take(
      key: { stateHash: string; browserHash: string; provider: string },
      now: Date,
    ): Promise<OAuthAttempt | null> {
      const attempt = await database.oAuthAttempt.findFirst({ where: { ...key, expiresAt: { gt: now } } })
      if (!attempt) return null
      const { count } = await database.oAuthAttempt.deleteMany({ where: { stateHash: key.stateHash } })
      if (count !== 1) return null
      const typed = attempt.typed && encryption.decryptDict(attempt.typed, placeOf(attempt.stateHash))
      return { ...attempt, typed: (typed || null) as OAuthAttempt['typed'] }
    },

    /** A browser may have `keep` attempts in progress; beyond that the oldest are forgotten. */
    async forgetOldest(browserHash: string, keep: number): Promise<void> {
      const surplus = await database.oAuthAttempt.findMany({
        where: { browserHash },
        orderBy: { createdAt: 'desc' },
        skip: keep,
        select: { stateHash: true },
      })
      if (surplus.length === 0) return
      await database.oAuthAttempt.deleteMany({
        where: { stateHash: { in: surplus.map(({ stateHash }) => stateHash) } },
      })
    },

    async deleteExpired(now: Date, most: number): Promise<number> {
      const where = sqlPiece`expires_at < ${now}`
      return deleteFew(database, { table: sqlPiece`oauth_attempts`, key: sqlPiece`state_hash`, where, most })
    },
  }
}
