import type { Database } from '../../platform/database.ts'
import { publicFields, toUser, type UserRow } from './user.repository.ts'
import type { ManagedUser, User } from './user.ts'
import {
  type EmailOrder,
  isByEmail,
  type TimeOrder,
  type UserFilter,
  type UserOrder,
  type UserSort,
} from './user-list.ts'

export type UserListRepository = ReturnType<typeof createUserListRepository>
type Range = { filter: UserFilter; skip: number; most: number }
type Find = { orderBy: object[]; skip?: number; take: number }

/** Behind every text that begins alike: both databases compare addresses and usernames by their bytes. */
const LAST = '\u{10ffff}'

const managedFields = { ...publicFields, deactivatedUntil: true, deactivationReason: true } as const

export function createUserListRepository(database: Database) {
  async function find(conditions: object[], range: Find): Promise<ManagedUser[]> {
    const where = { AND: conditions }
    return (await database.user.findMany({ where, ...range, select: managedFields })).map(toManaged)
  }

  function listByEmail({ sort, after }: EmailOrder, { filter, skip, most }: Range) {
    const { direction, beyond } = readSort(sort)
    const further = after ? [{ email: { [beyond]: after.email } }] : []
    return find([...toConditions(filter), ...further], { orderBy: [{ email: direction }], skip, take: most })
  }

  /** Those of the same moment, then the others: two ranges of the index, because one OR would read it from the start. */
  async function listByTime({ sort, after }: TimeOrder, { filter, skip, most }: Range) {
    const { direction, beyond } = readSort(sort)
    const orderBy = [{ createdAt: direction }, { id: direction }]
    const conditions = toConditions(filter)
    if (!after) return find(conditions, { orderBy, skip, take: most })
    const sameMoment = { createdAt: after.createdAt, id: { [beyond]: after.id } }
    const tied = await find([...conditions, sameMoment], { orderBy, take: most })
    if (tied.length === most) return tied
    const others = [...conditions, { createdAt: { [beyond]: after.createdAt } }]
    return [...tied, ...(await find(others, { orderBy, take: most - tied.length }))]
  }

  return {
    async find(id: string): Promise<ManagedUser | null> {
      const row = await database.user.findUnique({ where: { id }, select: managedFields })
      return row && toManaged(row)
    },

    /** Of those who have an account. */
    async findEmails(ids: string[]): Promise<Map<string, string>> {
      const where = { id: { in: ids } }
      const found = await database.user.findMany({ where, select: { id: true, email: true } })
      return new Map(found.map(({ id, email }) => [id, email]))
    },

    /** At most `most`. Everybody has exactly one place in the order, so reading page by page skips and repeats nobody. */
    list: (order: UserOrder, range: Range): Promise<ManagedUser[]> =>
      isByEmail(order) ? listByEmail(order, range) : listByTime(order, range),
  }
}

function readSort(sort: UserSort) {
  return sort.startsWith('-')
    ? ({ direction: 'desc', beyond: 'lt' } as const)
    : ({ direction: 'asc', beyond: 'gt' } as const)
}

function toConditions({ search, role, isActive, isConfirmed }: UserFilter): object[] {
  const begins = search === null ? null : { gte: search, lt: search + LAST }
  return [
    ...(begins ? [{ OR: [{ email: begins }, { username: begins }, { searchName: begins }] }] : []),
    ...(role === null ? [] : [{ role }]),
    ...(isActive === null ? [] : [{ isActive }]),
    ...(isConfirmed === null ? [] : [{ emailVerifiedAt: isConfirmed ? { not: null } : null }]),
  ]
}

type ManagedRow = UserRow &
  Omit<User, keyof UserRow> & { deactivatedUntil: Date | null; deactivationReason: string | null }

function toManaged({ deactivatedUntil, deactivationReason: reason, ...row }: ManagedRow): ManagedUser {
  const until = deactivatedUntil?.toISOString() ?? null
  return { ...toUser(row), deactivation: row.isActive ? null : { reason, until } }
}
