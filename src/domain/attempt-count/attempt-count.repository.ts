import { type Database, deleteFew, sqlPiece } from '../../platform/database.ts'

export type AttemptCountRepository = ReturnType<typeof createAttemptCountRepository>

/** The counters that platform/attempt-limits.ts keeps where there is no Redis. */
export function createAttemptCountRepository(database: Database) {
  return {
    async deleteExpired(now: Date, most: number): Promise<number> {
      const where = sqlPiece`expire < ${now}`
      return deleteFew(database, { table: sqlPiece`attempt_counts`, key: sqlPiece`key`, where, most })
    },
  }
}
