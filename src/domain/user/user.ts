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

/** `reason` is told to the owner. At `until` the account comes back by itself; null where only an administrator lets it. */
export type Deactivation = { reason: string | null; until: Instant | null }

/** As administrators see somebody. `deactivation` is null while the account is active. */
export type ManagedUser = User & { deactivation: Deactivation | null }

/** What to change; what is not named stays. `deactivation` counts only where `isActive` is false. */
export type UserChanges = Partial<Pick<User, 'displayName' | 'username' | 'role' | 'isActive'>> & {
  deactivation?: Partial<Deactivation>
}

/** What signing in needs. The epoch is read together with the hash, so a session made from them ends when either changes. */
export type UserWithPasswordHash = User & {
  passwordHash: string | null
  sessionEpoch: number
  /** Wrong passwords in a row. */
  failedSignIns: number
  /** Browsers that were known under an earlier one are strangers now. */
  browserEpoch: number
  /** When a deactivated account comes back by itself. */
  deactivatedUntil: Date | null
}

/** As it goes on from signing in. */
export function leaveOutSecrets(user: UserWithPasswordHash): User {
  const { passwordHash, sessionEpoch, failedSignIns, browserEpoch, deactivatedUntil, ...rest } = user
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

/** The user as administrators see it. */
export const managedUser = publicUser
  .extend({
    deactivated_until: z.iso.datetime().nullable().meta({
      description: 'When a deactivated account comes back by itself. Null for no end.',
      example: null,
    }),
    deactivation_reason: z.string().nullable().meta({ description: 'As its owner was told.', example: null }),
  })
  .meta({ id: 'ManagedUser', description: 'Someone with an account, as administrators see them.' })

export function toManagedUser({ deactivation, ...user }: ManagedUser): z.output<typeof managedUser> {
  return {
    ...toPublicUser(user),
    deactivated_until: deactivation?.until ?? null,
    deactivation_reason: deactivation?.reason ?? null,
  }
}

/** What somebody may do. Nobody administers before the address is proved, even where that may otherwise wait. */
export function readPowers({ role, emailVerifiedAt }: User): Role {
  return emailVerifiedAt ? role : 'user'
}
