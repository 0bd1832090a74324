import type { Role, User } from './user.ts'

/** A minus is "descending". */
export const USER_SORTS = ['-created_at', 'created_at', 'email', '-email'] as const
export type UserSort = (typeof USER_SORTS)[number]

/** An order, and the user to continue after, who need not exist any more. */
export type TimeOrder = { sort: '-created_at' | 'created_at'; after: Pick<User, 'createdAt' | 'id'> | null }
export type EmailOrder = { sort: '-email' | 'email'; after: Pick<User, 'email'> | null }
export type UserOrder = TimeOrder | EmailOrder

export function isByEmail(order: UserOrder): order is EmailOrder {
  return order.sort === 'email' || order.sort === '-email'
}

/** `search` is the beginning of an address or a username. */
export type UserFilter = { search: string | null; role: Role | null; isActive: boolean | null }
