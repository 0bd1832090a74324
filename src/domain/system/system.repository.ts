import type { Database } from '../../platform/database.ts'

export function createSystemRepository(database: Database) {
  return {
    /** The database's time, which all processes share. For SQLite it is this machine's. */
    async readTime(ownTime: Date): Promise<Date> {
      if (database.isSqlite) return ownTime
      const [row] = await database.$queryRaw<[{ now: Date }]>`SELECT now()`
      return row.now
    },

    /** Everybody else who takes a turn waits until the transaction ends. For decisions about rows that may not exist yet. */
    async takeTurn(): Promise<void> {
      await database.$executeRaw`
        INSERT INTO system (id, session_epoch) VALUES (1, ${new Date(0)})
        ON CONFLICT (id) DO UPDATE SET session_epoch = system.session_epoch`
    },

    /** Sessions that began before it are void. It only ever moves forward; take the turn first. */
    async raiseSessionEpoch(epoch: Date): Promise<void> {
      await database.system.updateMany({
        where: { sessionEpoch: { lt: epoch } },
        data: { sessionEpoch: epoch },
      })
    },
  }
}
