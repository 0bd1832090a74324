import type { Database } from '../../platform/database.ts'

export type AttemptCountRepository = ReturnType<typeof createAttemptCountRepository>

/** The counters that platform/attempt-limits.ts keeps where there is no Redis. */
export function createAttemptCountRepository(database: Database) {
  return {
    async deleteExpired(now: Date, most: number): Promise<number> {
      return (await database.attemptCount.deleteMany({ where: { expire: { lt: now } }, limit: most })).count
    },
  }
}
