export type Person = {
  email: string
  password: string | null
  username?: string
  displayName?: string
  role?: 'user' | 'admin'
  isVerified?: boolean
  isActive?: boolean
}

export const ada = {
  email: 'ada@example.com',
  password: 'sunset marble violin',
  username: 'ada',
  displayName: 'Ada Lovelace',
} satisfies Person

export const grace = {
  email: 'grace@example.com',
  password: 'copper lantern orbit',
  username: 'grace',
  displayName: 'Grace Hopper',
} satisfies Person

/** What the API says of a user, in this order, and nothing else. */
export const publicUserFields = [
  'id',
  'email',
  'email_verified',
  'username',
  'display_name',
  'role',
  'is_active',
  'created_at',
  'updated_at',
]

/** The same to administrators. */
export const managedUserFields = [...publicUserFields, 'deactivated_until', 'deactivation_reason']
