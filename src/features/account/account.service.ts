import type { Repositories } from '../../domain/repositories.ts'
import type { User } from '../../domain/user/user.ts'

export type AccountService = ReturnType<typeof createAccountService>
export type WayIn = { kind: 'password'; label: string } | { kind: 'google'; email: string; since: string }

export function createAccountService({ users, identities }: Repositories) {
  return {
    /** Every way in which this user can sign in. */
    async listWaysIn({ id }: User): Promise<WayIn[]> {
      const [hasPassword, linked] = await Promise.all([users.hasPassword(id), identities.listOfUser(id)])
      const google = linked.map(({ email, createdAt }) => ({
        kind: 'google' as const,
        email,
        since: createdAt.toISOString(),
      }))
      return hasPassword ? [{ kind: 'password', label: 'Password' }, ...google] : google
    },
  }
}
