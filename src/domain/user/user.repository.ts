import { randomUUID } from 'node:crypto'
import { type Database, deleteFew, isTaken, sqlPiece } from '../../platform/database.ts'
import type { Judged, Role, User, UserWithPasswordHash } from './user.ts'
import { toSearchName } from './user-list.ts'

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

/** The new owner of an account; what is not named stays. */
export type Heir = {
  emailVerifiedAt: Date | null
  passwordHash: string | null
  displayName: string | null
  role?: Role
  isActive?: boolean
}

/** The part of a hash that says how it was made (PHC string format), and how many hashes have it. */
export type HashCost = { cost: string; count: number }
const SALT_AND_HASH_LENGTH = '$'.length + 22 + '$'.length + 43
const HASHES_LOOKED_AT = 2_000
/** Behind every text that begins alike: both databases compare addresses by their bytes. */
const LAST_CHARACTER = '\u{10ffff}'

const unproved = { emailVerifiedAt: null }
const still = ({ id, sessionEpoch }: Judged) => ({ id, sessionEpoch })

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

/** A name, and as it is searched for. What is not given stays. */
export function toNameColumns(displayName: string | null | undefined) {
  return { displayName, searchName: displayName && toSearchName(displayName) }
}

/** Nothing of a deactivation is left. */
export const activeAgain = { isActive: true, deactivatedUntil: null, deactivationReason: null } as const

/** Read at every sign-in, so it is planned once per connection and not by Prisma. */
const signInColumns = sqlPiece`
  id, email, email_verified_at AS "emailVerifiedAt", username, display_name AS "displayName", role,
  is_active AS "isActive", created_at AS "createdAt", updated_at AS "updatedAt",
  password_hash AS "passwordHash", session_epoch AS "sessionEpoch", failed_sign_ins AS "failedSignIns",
  browser_epoch AS "browserEpoch", deactivated_until AS "deactivatedUntil"`
type SignInRow = UserRow & {
  id: string
  email: string
  username: string | null
  displayName: string | null
  isActive: boolean | number
  passwordHash: string | null
  sessionEpoch: number | bigint
  failedSignIns: number | bigint
  browserEpoch: number | bigint
  deactivatedUntil: Date | null
}

const withPasswordHash = {
  ...publicFields,
  passwordHash: true,
  sessionEpoch: true,
  failedSignIns: true,
  browserEpoch: true,
  deactivatedUntil: true,
} as const

export function createUserRepository(database: Database) {
  return {
    /** Null when the address is taken. */
    async insert({ now, displayName, ...user }: NewUser): Promise<UserWithPasswordHash | null> {
      try {
        const times = { registeredAt: now, createdAt: now }
        const data = { ...user, ...toNameColumns(displayName), ...times, id: randomUUID() }
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
      const [row] = login.includes('@')
        ? await database.$queryRaw<SignInRow[]>`/* find-user-by-email */
            SELECT ${signInColumns} FROM users WHERE email = ${login}`
        : await database.$queryRaw<SignInRow[]>`/* find-user-by-username */
            SELECT ${signInColumns} FROM users WHERE username = ${login}`
      if (!row) return null
      return toUser({
        ...row,
        isActive: Boolean(row.isActive),
        sessionEpoch: Number(row.sessionEpoch),
        failedSignIns: Number(row.failedSignIns),
        browserEpoch: Number(row.browserEpoch),
      })
    },

    /** Those that begin so, at one domain. */
    async findExistingEmailsWithPrefix(prefix: string, domain: string): Promise<string[]> {
      const email = { gte: prefix, lt: prefix + LAST_CHARACTER, endsWith: `@${domain}` }
      const found = await database.user.findMany({ where: { email }, select: { email: true } })
      return found.map((user) => user.email)
    },

    /** Takes as long for an address that nobody has. */
    async isKnown(email: string): Promise<boolean> {
      return (await database.user.count({ where: { email } })) > 0
    },

    async findByIdWithPasswordHash(id: string): Promise<UserWithPasswordHash | null> {
      return toUserOrNull(await database.user.findUnique({ where: { id }, select: withPasswordHash }))
    },

    async hasPassword(id: string): Promise<boolean> {
      return (await database.user.count({ where: { id, passwordHash: { not: null } } })) > 0
    },

    /** From a sample: ids are random, and so is their order. The weakest first. */
    async listHashCosts(): Promise<HashCost[]> {
      const rows = await database.$queryRaw<{ cost: string; count: number | bigint }[]>`
        SELECT substr(password_hash, 1, length(password_hash) - ${SALT_AND_HASH_LENGTH}) AS cost, COUNT(*) AS count
        FROM (SELECT password_hash FROM users WHERE password_hash LIKE '$argon2id$%' ORDER BY id LIMIT ${HASHES_LOOKED_AT}) AS sample
        GROUP BY 1`
      const costs = rows.map(({ cost, count }) => ({ cost, count: Number(count) }))
      return costs.toSorted((one, other) => toWork(one.cost) - toWork(other.cost))
    },

    /** Its owner does not want to sign in by this provider any more. */
    async hasUnlinked(id: string, provider: string): Promise<boolean> {
      const found = await database.user.findUnique({ where: { id }, select: { unlinkedProviders: true } })
      return readNames(found?.unlinkedProviders).has(provider)
    },

    async isUsernameTaken(username: string): Promise<boolean> {
      return (await database.user.count({ where: { username } })) > 0
    },

    /** The newest registration of an address that nobody has proved counts. False when it was proved, or is younger. */
    async replaceRegistration(
      judged: Judged,
      registration: Pick<NewUser, 'wantedUsername' | 'displayName' | 'passwordHash' | 'now'>,
      { registeredBefore }: { registeredBefore: Date },
    ): Promise<boolean> {
      const { now, displayName, ...data } = registration
      const { count } = await database.user.updateMany({
        where: { ...still(judged), ...unproved, registeredAt: { lt: registeredBefore } },
        data: {
          ...data,
          ...toNameColumns(displayName),
          registeredAt: now,
          deletesAt: null,
          failedSignIns: 0,
          unlinkedProviders: null,
          browserEpoch: { increment: 1 },
          sessionEpoch: { increment: 1 },
        },
      })
      return count === 1
    },

    /** Nobody else holds or changes this user until the transaction ends. False when it is no longer the one that was judged. */
    async hold({ id, sessionEpoch }: Judged): Promise<boolean> {
      const count = await database.$executeRaw`
        UPDATE users SET role = role WHERE id = ${id} AND session_epoch = ${sessionEpoch}`
      return count === 1
    },

    /** The address was proved; an invited person has also chosen a password. False when it is no longer the one that was judged. */
    async markVerified(
      judged: Judged,
      { now, displayName, ...first }: { now: Date; passwordHash?: string; displayName?: string | null },
    ): Promise<boolean> {
      const { count } = await database.user.updateMany({
        where: { ...still(judged), ...unproved, isActive: true },
        data: { ...first, ...toNameColumns(displayName), emailVerifiedAt: now },
      })
      return count === 1
    },

    /** To an address that was proved just now. `taken`: somebody else has it; then the transaction cannot go on. */
    async changeEmail(
      judged: Judged,
      { email, now, forgetsBrowsers = false }: { email: string; now: Date; forgetsBrowsers?: boolean },
    ): Promise<'changed' | 'taken' | 'not-as-judged'> {
      const forgotten = forgetsBrowsers && { browserEpoch: { increment: 1 } }
      try {
        const { count } = await database.user.updateMany({
          where: { ...still(judged), isActive: true },
          data: { email, emailVerifiedAt: now, ...forgotten },
        })
        return count === 1 ? 'changed' : 'not-as-judged'
      } catch (error) {
        if (isTaken(error, 'email')) return 'taken'
        throw error
      }
    },

    /** Its address is free again, nobody can use it any more, and it is gone with the next sweep. False when it was proved. */
    async vacate(judged: Judged, now: Date): Promise<boolean> {
      const { count } = await database.user.updateMany({
        where: { ...still(judged), ...unproved },
        data: {
          email: `${judged.id}@vacated.invalid`,
          username: null,
          wantedUsername: null,
          passwordHash: null,
          isActive: false,
          deactivatedUntil: null,
          deletesAt: now,
        },
      })
      return count === 1
    },

    /** By its owner. False when the account is not what was judged any more. */
    async replacePassword(
      judged: Judged,
      passwordHash: string,
      { forgetsBrowsers } = { forgetsBrowsers: false },
    ): Promise<boolean> {
      const data = { passwordHash, failedSignIns: 0 }
      const { count } = await database.user.updateMany({
        where: { ...still(judged), isActive: true },
        data: { ...data, ...(forgetsBrowsers && { browserEpoch: { increment: 1 } }) },
      })
      return count === 1
    },

    /** Answers with how many in a row that makes; null when the account is not any more what was judged. */
    async countWrongPassword({ id, sessionEpoch }: Judged): Promise<number | null> {
      const [row] = await database.$queryRaw<{ count: number | bigint }[]>`
        UPDATE users SET failed_sign_ins = failed_sign_ins + 1
        WHERE id = ${id} AND session_epoch = ${sessionEpoch} RETURNING failed_sign_ins AS count`
      return row ? Number(row.count) : null
    },

    /** True for one caller, if there were any. */
    async forgetWrongPasswords(
      { id, sessionEpoch }: Judged,
      { fewerThan }: { fewerThan: number },
    ): Promise<boolean> {
      const count = await database.$executeRaw`
        UPDATE users SET failed_sign_ins = 0
        WHERE id = ${id} AND session_epoch = ${sessionEpoch}
          AND failed_sign_ins > 0 AND failed_sign_ins < ${fewerThan}`
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

    /** Gives an unproved account to somebody with a better claim. False when it is no longer the one that was judged. */
    async handOver(judged: Judged, heir: Heir): Promise<boolean> {
      const { count } = await database.user.updateMany({
        where: { ...still(judged), ...unproved },
        data: {
          ...heir,
          ...toNameColumns(heir.displayName),
          ...(heir.isActive && activeAgain),
          username: null,
          wantedUsername: null,
          deletesAt: null,
          failedSignIns: 0,
          unlinkedProviders: null,
          browserEpoch: { increment: 1 },
          sessionEpoch: { increment: 1 },
        },
      })
      return count === 1
    },

    /** Ends every session of the user: they all carry an epoch older than the one returned. */
    async raiseSessionEpoch(id: string): Promise<number> {
      const data = { sessionEpoch: { increment: 1 } }
      const user = await database.user.update({ where: { id }, data, select: { sessionEpoch: true } })
      return user.sessionEpoch
    },

    /** Registrations that nobody confirmed, with everything attached to them: their addresses are free again. */
    async deleteUnproved(before: Date, most: number): Promise<number> {
      const where = sqlPiece`email_verified_at IS NULL AND registered_at < ${before}`
      return deleteFew(database, { table: sqlPiece`users`, key: sqlPiece`id`, where, most })
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

/** Its times as text, its role as one of ours. */
export function toUser<R extends UserRow>({ role, emailVerifiedAt, createdAt, updatedAt, ...row }: R) {
  return {
    ...row,
    role: role as Role,
    emailVerifiedAt: emailVerifiedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

export function readNames(names: string | null | undefined): Set<string> {
  return new Set(names?.split(' '))
}

function toWork(cost: string): number {
  const [, memory = 0, passes = 0] = /\$m=(\d+),t=(\d+)/.exec(cost)?.map(Number) ?? []
  return memory * passes
}
