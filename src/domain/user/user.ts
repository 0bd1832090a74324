import { z } from 'zod'
import { EXAMPLE_USER_ID } from '../examples.ts'
import type { Instant } from '../time.ts'

export const ROLES = ['user', 'admin'] as const
export type Role = (typeof ROLES)[number]

export type User = {
  id: string
  email: string
  emailVerifiedAt: Instant | null
  username: string | null
  displayName: string | null
  role: Role
  isActive: boolean
  createdAt: Instant
  updatedAt: Instant
}

/** What to change; what is not named stays. */
export type UserChanges = Partial<Pick<User, 'displayName' | 'username' | 'role' | 'isActive'>>

/** What signing in needs. The epoch is read together with the hash, so a session made from them ends when either changes. */
export type UserWithPasswordHash = User & {
  passwordHash: string | null
  sessionEpoch: number
  /** Wrong passwords in a row. */
  failedSignIns: number
  /** Browsers that were known under an earlier one are strangers now. */
  browserEpoch: number
}

/** As it goes on from signing in. */
export function leaveOutSecrets(user: UserWithPasswordHash): User {
  const { passwordHash, sessionEpoch, failedSignIns, browserEpoch, ...rest } = user
  return rest
}

/** A browser in which somebody has signed in with a name, and under which epoch of the account that was. */
export type Lane = { browser: string; epoch: number }

/**
 * The account as it was when something was decided about it. Registering its address again, ending its sessions and changing its
 * role all raise the epoch: the decision is then about another account and is not applied.
 */
export type Judged = Pick<UserWithPasswordHash, 'id' | 'sessionEpoch'>

/** The user as the API shows it. */
export const publicUser = z
  .object({
    id: z.uuid().meta({ example: EXAMPLE_USER_ID }),
    email: z.string().meta({ example: 'ada@example.com' }),
    email_verified: z.boolean().meta({ description: 'Whether the address is confirmed.', example: true }),
    username: z.string().nullable().meta({ example: 'ada' }),
    display_name: z.string().nullable().meta({ example: 'Ada Lovelace' }),
    role: z.enum(ROLES),
    is_active: z.boolean().meta({ example: true }),
    created_at: z.iso.datetime().meta({ example: '2026-11-20T09:30:00.000Z' }),
    updated_at: z.iso.datetime().meta({ example: '2026-11-20T09:32:10.000Z' }),
  })
  .meta({ id: 'User', description: 'Someone with an account.' })
export type PublicUser = z.output<typeof publicUser>

export function toPublicUser(user: User): PublicUser {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
    username: user.username,
    display_name: user.displayName,
    role: user.role,
    is_active: user.isActive,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  }
}

/** What somebody may do. Nobody administers before the address is proved, even where that may otherwise wait. */
export function readPowers({ role, emailVerifiedAt }: User): Role {
  return emailVerifiedAt ? role : 'user'
}
