import { type Database, isTaken } from '../../platform/database.ts'
import { activeAgain, publicFields, readNames, toNameColumns, toUser } from './user.repository.ts'
import type { Deactivation, User, UserChanges } from './user.ts'

export type UserChangesRepository = ReturnType<typeof createUserChangesRepository>

export function createUserChangesRepository(database: Database) {
  return {
    /** Nobody else changes this user until the transaction ends. */
    async hold(id: string): Promise<void> {
      await database.$executeRaw`UPDATE users SET role = role WHERE id = ${id}`
    },

    /** Whether its owner wants to sign in by this provider, or not any more. */
    async noteUnlinked(
      id: string,
      { provider, isUnlinked }: { provider: string; isUnlinked: boolean },
    ): Promise<void> {
      const user = await database.user.findUnique({ where: { id }, select: { unlinkedProviders: true } })
      const others = [...readNames(user?.unlinkedProviders)].filter((each) => each !== provider)
      const names = [...others, ...(isUnlinked ? [provider] : [])].join(' ') || null
      await database.$executeRaw`UPDATE users SET unlinked_providers = ${names} WHERE id = ${id}`
    },

    /** From now on no password opens the account, and no browser is known to it. */
    async dropPassword(id: string): Promise<void> {
      const data = { passwordHash: null, failedSignIns: 0, browserEpoch: { increment: 1 } }
      await database.user.updateMany({ where: { id }, data })
    },

    /** Null when somebody else has the username: then the transaction cannot go on. */
    async update(id: string, { deactivation, displayName, ...changes }: UserChanges): Promise<User | null> {
      const data = {
        ...changes,
        ...toNameColumns(displayName),
        ...(changes.username !== undefined && { wantedUsername: null }),
        ...(changes.isActive && activeAgain),
        ...(deactivation && toColumns(deactivation)),
      }
      try {
        return toUser(await database.user.update({ where: { id }, data, select: publicFields }))
      } catch (error) {
        if (isTaken(error, 'username')) return null
        throw error
      }
    },

    /** An account whose deactivation was only until now. False when there is none, or not any more. */
    async bringBack(id: string, now: Date): Promise<boolean> {
      const where = { id, ...isDueBack(now) }
      return (await database.user.updateMany({ where, data: activeAgain })).count === 1
    },

    async listDueBack(now: Date, most: number): Promise<string[]> {
      const due = await database.user.findMany({ where: isDueBack(now), select: { id: true }, take: most })
      return due.map(({ id }) => id)
    },

    /** Those who can act as administrators today, and go on doing so. */
    countAdmins: (): Promise<number> => database.user.count({ where: acting }),

    /** The same, with what an email to them needs. */
    listAdmins: (): Promise<Pick<User, 'id' | 'email' | 'displayName'>[]> =>
      database.user.findMany({ where: acting, select: { id: true, email: true, displayName: true } }),
  }
}

const acting = { role: 'admin', isActive: true, emailVerifiedAt: { not: null }, deletesAt: null }
const isDueBack = (now: Date) => ({ isActive: false, deactivatedUntil: { lte: now } })

function toColumns({ reason, until }: Partial<Deactivation>) {
  return { deactivationReason: reason, deactivatedUntil: until }
}
