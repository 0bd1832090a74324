import type { Role, User } from './user.ts'

/** A minus is "descending". */
export const USER_SORTS = ['-created_at', 'created_at', 'email', '-email'] as const
export type UserSort = (typeof USER_SORTS)[number]

export const USER_STATUSES = ['active', 'deactivated', 'unconfirmed'] as const
export type UserStatus = (typeof USER_STATUSES)[number]

/** An order, and the user to continue after, who need not exist any more. */
export type TimeOrder = { sort: '-created_at' | 'created_at'; after: Pick<User, 'createdAt' | 'id'> | null }
export type EmailOrder = { sort: '-email' | 'email'; after: Pick<User, 'email'> | null }
export type UserOrder = TimeOrder | EmailOrder

export function isByEmail(order: UserOrder): order is EmailOrder {
  return order.sort === 'email' || order.sort === '-email'
}

export function continueAfter(order: UserOrder, { email, createdAt, id }: User): UserOrder {
  if (isByEmail(order)) return { sort: order.sort, after: { email } }
  return { sort: order.sort, after: { createdAt, id } }
}

/** What is not null narrows the list. `search` is the beginning of an address, a username or a name, in lower case. */
export type UserFilter = {
  search: string | null
  role: Role | null
  isActive: boolean | null
  isConfirmed: boolean | null
}

/** What the filter was made from; null for everybody. */
export function toStatus({ isActive, isConfirmed }: UserFilter): UserStatus | null {
  if (isConfirmed === false) return 'unconfirmed'
  return isActive === null ? null : isActive ? 'active' : 'deactivated'
}

/** One spelling of a name, for what is stored and for what is typed. */
export function toSearchName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}
