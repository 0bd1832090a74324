import type { Database } from '../../platform/database.ts'

export type DeletionRepository = ReturnType<typeof createDeletionRepository>

export function createDeletionRepository(database: Database) {
  return {
    /** When the account is to be gone. Null while nobody asked for that. */
    async find(id: string): Promise<Date | null> {
      const user = await database.user.findUnique({ where: { id }, select: { deletesAt: true } })
      return user?.deletesAt ?? null
    },

    /** False when it was asked for already, and for an account that is not active. */
    async schedule(id: string, deletesAt: Date): Promise<boolean> {
      const where = { id, isActive: true, deletesAt: null }
      return (await database.user.updateMany({ where, data: { deletesAt } })).count === 1
    },

    async cancel(id: string): Promise<boolean> {
      const where = { id, isActive: true, deletesAt: { not: null } }
      return (await database.user.updateMany({ where, data: { deletesAt: null } })).count === 1
    },

    async listDue(now: Date, most: number): Promise<string[]> {
      const where = { deletesAt: { lte: now } }
      const due = await database.user.findMany({ where, select: { id: true }, take: most })
      return due.map(({ id }) => id)
    },

    /** From now on nobody signs in, and nobody changes their mind. */
    async close(id: string, now: Date): Promise<boolean> {
      const where = { id, deletesAt: { lte: now } }
      const data = { isActive: false, deactivatedUntil: null }
      return (await database.user.updateMany({ where, data })).count === 1
    },

    /** With all that hangs on the account. */
    async remove(id: string, now: Date) {
      const where = { id, isActive: false, deletesAt: { lte: now } }
      const select = { email: true, emailVerifiedAt: true, displayName: true }
      const user = await database.user.findFirst({ where, select })
      const { count } = await database.user.deleteMany({ where })
      return count === 1 ? user : null
    },
  }
}
