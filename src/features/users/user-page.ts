import { z } from 'zod'
import { publicUser, toPublicUser, type User } from '../../domain/user/user.ts'

export const userPage = z.object({
  users: z.array(publicUser),
  page: z.int().optional().meta({ description: 'If a page was asked for by its number.', example: 1 }),
  per_page: z.int().meta({ description: 'How many there may be.', example: 25 }),
  next: z
    .string()
    .nullable()
    .meta({ description: 'Ask on with it as `after`. Null at the end.', example: 'WyItY3JlYXRlZF9hdCJd' }),
})

type Found = { users: User[]; next: string | null }
type Asked = { page: number | null; perPage: number }

export function toUserPage({ users, next }: Found, { page, perPage }: Asked): z.output<typeof userPage> {
  return { users: users.map(toPublicUser), ...(page !== null && { page }), per_page: perPage, next }
}
