import type { Database } from '../../platform/database.ts'

export function createSystemRepository(database: Database) {
  return {
    /** What time it is for the database, whose clock all processes share. SQLite has the one of this machine. */
    async readTime(ownTime: Date): Promise<Date> {
      if (database.isSqlite) return ownTime
      const [row] = await database.$queryRaw<[{ now: Date }]>`SELECT now()`
      return row.now
    },

    /** Until the transaction ends, everybody else who takes a turn waits: for decisions about rows that may not be there yet. */
    async takeTurn(): Promise<void> {
      await database.$executeRaw`
        INSERT INTO system (id, session_epoch) VALUES (1, ${new Date(0)})
        ON CONFLICT (id) DO UPDATE SET session_epoch = system.session_epoch`
    },

    /** Sessions that began before are void. Only ever later; to be asked by who has taken the turn. */
    async raiseSessionEpoch(epoch: Date): Promise<void> {
      await database.system.updateMany({
        where: { sessionEpoch: { lt: epoch } },
        data: { sessionEpoch: epoch },
      })
    },
  }
}
