import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { PasswordService } from '../../domain/password/password.service.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { UserWithPasswordHash } from '../../domain/user/user.ts'
import type { Afterwards } from '../../platform/afterwards.ts'
import type { Clock } from '../../platform/clock.ts'

export type LoginService = ReturnType<typeof createLoginService>
type Dependencies = {
  repositories: Repositories
  passwords: PasswordService
  /** With verify-first registration nobody signs in before the address is proved. */
  unverifiedMayEnter: boolean
  afterwards: Afterwards
  clock: Clock
}

export function createLoginService({
  repositories,
  passwords,
  unverifiedMayEnter,
  afterwards,
  clock,
}: Dependencies) {
  const { users, audit } = repositories

  function mayEnter(user: UserWithPasswordHash) {
    return user.isActive && (unverifiedMayEnter || user.emailVerifiedAt !== null)
  }

  /** A hash made with less than today's parameters is made anew, after the answer. */
  function strengthen({ id, passwordHash }: UserWithPasswordHash, password: string) {
    if (!passwordHash || !passwords.needsRehash(passwordHash)) return
    afterwards.begin('strengthen a password hash', async () => {
      await users.replacePasswordHash(id, { from: passwordHash, to: await passwords.hash(password) })
    })
  }

  return {
    /** Null for an unknown name, a wrong password and an account that may not enter alike, after the same amount of work. */
    async authenticate(
      { login, password }: { login: string; password: string },
      origin: Origin,
    ): Promise<UserWithPasswordHash | null> {
      passwords.ensureRoom()
      const user = await users.findWithPasswordHash(login)
      const matches = await passwords.verify(user?.passwordHash ?? null, { name: login, password })
      if (user && matches && mayEnter(user)) {
        strengthen(user, password)
        return user
      }
      await audit.record({
        at: clock.now(),
        action: 'session.start_refused',
        actorId: null,
        subjectId: user?.id ?? null,
        origin,
      })
      return null
    },
  }
}
