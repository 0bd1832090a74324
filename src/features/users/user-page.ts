import { z } from 'zod'
import { type ManagedUser, managedUser, toManagedUser } from '../../domain/user/user.ts'

export const userPage = z.object({
  users: z.array(managedUser),
  page: z.int().optional().meta({ description: 'If you asked for a page by number.', example: 1 }),
  per_page: z.int().meta({ description: 'The most users on a page.', example: 25 }),
  next: z.string().nullable().meta({
    description: 'Send it as `after` to get the next page. Null on the last page.',
    example: 'WyItY3JlYXRlZF9hdCJd',
  }),
})

type Found = { users: ManagedUser[]; next: string | null }
type Asked = { page: number | null; perPage: number }

export function toUserPage({ users, next }: Found, { page, perPage }: Asked): z.output<typeof userPage> {
  return { users: users.map(toManagedUser), ...(page !== null && { page }), per_page: perPage, next }
}
