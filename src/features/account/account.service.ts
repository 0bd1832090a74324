import { toProviderLabel } from '../../domain/identity/providers.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { User } from '../../domain/user/user.ts'

export type AccountService = ReturnType<typeof createAccountService>
export type WayIn =
  | { kind: 'password'; label: string }
  | { kind: 'identity'; label: string; email: string; since: string }

export function createAccountService({ users, identities }: Repositories) {
  return {
    /** Every way in which this user can sign in. */
    async listWaysIn({ id }: User): Promise<WayIn[]> {
      const [hasPassword, linked] = await Promise.all([users.hasPassword(id), identities.listOfUser(id)])
      const others = linked.map(({ provider, email, createdAt }) => ({
        kind: 'identity' as const,
        label: toProviderLabel(provider),
        email,
        since: createdAt.toISOString(),
      }))
      return hasPassword ? [{ kind: 'password', label: 'Password' }, ...others] : others
    },
  }
}
