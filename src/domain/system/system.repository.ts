import type { Database } from '../../platform/database.ts'

export function createSystemRepository(database: Database) {
  return {
    /** Until the transaction ends, everybody else who takes a turn waits: for decisions about rows that may not be there yet. */
    async takeTurn(): Promise<void> {
      await database.$executeRaw`
        INSERT INTO system (id, session_epoch) VALUES (1, ${new Date(0)})
        ON CONFLICT (id) DO UPDATE SET session_epoch = system.session_epoch`
    },
  }
}
