import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { Lane, User, UserWithPasswordHash } from '../../domain/user/user.ts'

export type ReauthenticateService = ReturnType<typeof createReauthenticateService>
export type ProofKind = 'password' | 'google'
type Attempt = { origin: Origin; lane: Lane | null }

type Dependencies = {
  repositories: Repositories
  /** As signing in does it: the same work, the same limits, the same record of what was refused. */
  authenticate(
    credentials: { login: string; password: string },
    attempt: Attempt & { hasSession: true },
  ): Promise<UserWithPasswordHash | null>
  hasGoogle: boolean
}

/** Whoever is signed in proves again that it is them. */
export function createReauthenticateService({ repositories, authenticate, hasGoogle }: Dependencies) {
  const { users, identities } = repositories

  return {
    /** In which ways this user can prove it. */
    async listProofs({ id }: User): Promise<ProofKind[]> {
      const [hasPassword, linked] = await Promise.all([users.hasPassword(id), identities.listOfUser(id)])
      const isLinked = hasGoogle && linked.some(({ provider }) => provider === 'google')
      return [...(hasPassword ? (['password'] as const) : []), ...(isLinked ? (['google'] as const) : [])]
    },

    /** Who it is, as judged; null for a wrong password. */
    async provePassword(
      { id, email }: User,
      password: string,
      attempt: Attempt,
    ): Promise<UserWithPasswordHash | null> {
      const user = await authenticate({ login: email, password }, { ...attempt, hasSession: true })
      return user?.id === id ? user : null
    },
  }
}
