import type { Instant } from '../time.ts'

export type Role = 'user' | 'admin'

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

/** What is to be different; what is not named stays. */
export type UserChanges = Partial<Pick<User, 'displayName' | 'username' | 'role' | 'isActive'>>

/** What signing in needs to know. The epoch is read together with the hash: a session born from them dies with either. */
export type UserWithPasswordHash = User & { passwordHash: string | null; sessionEpoch: number }

/** The user as the API shows it (DESIGN §6). */
export function toPublicUser(user: User) {
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
