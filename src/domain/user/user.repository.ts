import { randomUUID } from 'node:crypto'
import { type Database, isTaken } from '../../platform/database.ts'
import type { Role, User, UserWithPasswordHash } from './user.ts'

export type UserRepository = ReturnType<typeof createUserRepository>

type NewUser = {
  email: string
  emailVerifiedAt: Date | null
  wantedUsername: string | null
  displayName: string | null
  passwordHash: string | null
  role?: Role
  now: Date
}

export const publicFields = {
  id: true,
  email: true,
  emailVerifiedAt: true,
  username: true,
  displayName: true,
  role: true,
  isActive: true,
  createdAt: true,
  updatedAt: true,
} as const

const withPasswordHash = { ...publicFields, passwordHash: true, sessionEpoch: true } as const

export function createUserRepository(database: Database) {
  return {
    /** Null when the address is taken. */
    async insert({ now, ...user }: NewUser): Promise<UserWithPasswordHash | null> {
      try {
        const data = { ...user, id: randomUUID(), registeredAt: now, createdAt: now }
        return toUser(await database.user.create({ data, select: withPasswordHash }))
      } catch (error) {
        if (isTaken(error, 'email')) return null
        throw error
      }
    },

    async find(id: string): Promise<User | null> {
      return toUserOrNull(await database.user.findUnique({ where: { id }, select: publicFields }))
    },

    async findByEmail(email: string): Promise<User | null> {
      return toUserOrNull(await database.user.findUnique({ where: { email }, select: publicFields }))
    },

    /** By address or by username: a username has no @. */
    async findWithPasswordHash(login: string): Promise<UserWithPasswordHash | null> {
      const where = login.includes('@') ? { email: login } : { username: login }
      return toUserOrNull(await database.user.findUnique({ where, select: withPasswordHash }))
    },

    async findByIdWithPasswordHash(id: string): Promise<UserWithPasswordHash | null> {
      return toUserOrNull(await database.user.findUnique({ where: { id }, select: withPasswordHash }))
    },

    async hasPassword(id: string): Promise<boolean> {
      return (await database.user.count({ where: { id, passwordHash: { not: null } } })) > 0
    },

    async isUsernameTaken(username: string): Promise<boolean> {
      return (await database.user.count({ where: { username } })) > 0
    },

    /** The newest registration of an address that nobody has proved counts. False when it was proved, or is younger. */
    async replaceRegistration(
      email: string,
      registration: Pick<NewUser, 'wantedUsername' | 'displayName' | 'passwordHash' | 'now'>,
      { registeredBefore }: { registeredBefore: Date },
    ): Promise<boolean> {
      const { now, ...data } = registration
      const { count } = await database.user.updateMany({
        where: { email, emailVerifiedAt: null, registeredAt: { lt: registeredBefore } },
        data: { ...data, registeredAt: now, sessionEpoch: { increment: 1 } },
      })
      return count === 1
    },

    /** Until the transaction ends, nobody else holds or changes this user. False when somebody did since it was read. */
    async hold({ id, updatedAt }: User): Promise<boolean> {
      const { count } = await database.user.updateMany({ where: { id, updatedAt }, data: { updatedAt } })
      return count === 1
    },

    /** The address was proved. False when it had been before. */
    async markVerified(id: string, now: Date): Promise<boolean> {
      const { count } = await database.user.updateMany({
        where: { id, emailVerifiedAt: null },
        data: { emailVerifiedAt: now },
      })
      return count === 1
    },

    /** Gives the user the name that was asked for at registration. False when somebody has it. */
    async claimWantedUsername(id: string): Promise<boolean> {
      const user = await database.user.findUnique({ where: { id }, select: { wantedUsername: true } })
      if (!user?.wantedUsername) return true
      try {
        await database.user.update({
          where: { id },
          data: { username: user.wantedUsername, wantedUsername: null },
        })
        return true
      } catch (error) {
        if (isTaken(error, 'username')) return false
        throw error
      }
    },

    /** The owner of the mailbox takes over an account nobody had proved: what a stranger prepared is gone. */
    async takeOver(
      id: string,
      { displayName, now }: { displayName: string | null; now: Date },
    ): Promise<boolean> {
      const { count } = await database.user.updateMany({
        where: { id, emailVerifiedAt: null },
        data: {
          emailVerifiedAt: now,
          passwordHash: null,
          username: null,
          wantedUsername: null,
          displayName,
          sessionEpoch: { increment: 1 },
        },
      })
      return count === 1
    },

    /** Ends every session of the user: those carry an epoch from before the one that this answers with. */
    async raiseSessionEpoch(id: string): Promise<number> {
      const data = { sessionEpoch: { increment: 1 } }
      const user = await database.user.update({ where: { id }, data, select: { sessionEpoch: true } })
      return user.sessionEpoch
    },

    /** Registrations that nobody confirmed, with all that hangs on them: their addresses are free again. */
    async deleteUnproved(before: Date, most: number): Promise<number> {
      const where = { emailVerifiedAt: null, registeredAt: { lt: before } }
      return (await database.user.deleteMany({ where, limit: most })).count
    },

    /** False when there is a password by now. */
    async setFirstPasswordHash(id: string, passwordHash: string): Promise<boolean> {
      const where = { id, passwordHash: null, emailVerifiedAt: null }
      return (await database.user.updateMany({ where, data: { passwordHash } })).count === 1
    },

    /** Only while the old hash is still the one that was verified. */
    async replacePasswordHash(id: string, { from, to }: { from: string; to: string }): Promise<void> {
      await database.user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } })
    },
  }
}

export type UserRow = { role: string; emailVerifiedAt: Date | null; createdAt: Date; updatedAt: Date }

function toUserOrNull<R extends UserRow>(row: R | null) {
  return row && toUser(row)
}

/** Its times as texts, its role as one of ours. */
export function toUser<R extends UserRow>({ role, emailVerifiedAt, createdAt, updatedAt, ...row }: R) {
  return {
    ...row,
    role: role as Role,
    emailVerifiedAt: emailVerifiedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}
