import { type Database, deleteFew, sqlPiece } from '../../platform/database.ts'
import type { Encryption } from '../../platform/encryption.ts'

export type OAuthAttemptRepository = ReturnType<typeof createOAuthAttemptRepository>
/** What the provider's answer is for: to sign in, to prove that it is still them, or to be linked to their account. */
export type Purpose = 'sign-in' | 'proof' | 'link'
/** Somebody on their way to a provider and back. It belongs to the browser that started it. */
export type OAuthAttempt = {
  stateHash: string
  browserHash: string
  provider: string
  purpose: Purpose
  remember: boolean
  returnTo: string
  /** The session that it is for; null where somebody signs in. */
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

    /** Reads and removes: of two callbacks with the same state, only one gets it. It may be over. */
    async take(key: {
      stateHash: string
      browserHash: string
      provider: string
    }): Promise<OAuthAttempt | null> {
      const attempt = await database.oAuthAttempt.findFirst({ where: key })
      if (!attempt) return null
      const { count } = await database.oAuthAttempt.deleteMany({ where: { stateHash: key.stateHash } })
      if (count !== 1) return null
      const typed = attempt.typed && encryption.decryptDict(attempt.typed, placeOf(attempt.stateHash))
      const purpose = (attempt.purpose ?? (attempt.sessionId ? 'proof' : 'sign-in')) as Purpose
      return { ...attempt, purpose, typed: (typed || null) as OAuthAttempt['typed'] }
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
