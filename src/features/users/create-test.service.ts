import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { TellAdministrators } from '../../domain/notice/tell-administrators.ts'
import type { PasswordService } from '../../domain/password/password.service.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { Role, User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'

export type TestUserService = ReturnType<typeof createTestUserService>
export type TestUserWish = { prefix: string; domain: string; role: Role; isSure: boolean }
export type TestUser =
  /** The password is told here and nowhere else. */
  { outcome: 'created'; user: User; password: string } | { outcome: 'production' }
type Dependencies = {
  repositories: Pick<Repositories, 'users'>
  transact: Transact
  passwords: PasswordService
  tellAdministrators: TellAdministrators
  isProduction: boolean
  clock: Clock
}

/** Accounts for trying things out: test1@example.com, test2@example.com, … */
export function createTestUserService(dependencies: Dependencies) {
  const { repositories, transact, passwords, tellAdministrators, isProduction, clock } = dependencies

  /** Null when somebody took the address meanwhile. */
  async function insert(
    email: string,
    { role, passwordHash, origin }: { role: Role; passwordHash: string; origin: Origin },
  ) {
    const now = clock.now()
    return transact<User | null>(async (parts, undo) => {
      const person = {
        email,
        emailVerifiedAt: now,
        wantedUsername: null,
        displayName: null,
        passwordHash,
        role,
        now,
      }
      const user = await parts.users.insert(person)
      if (!user) return undo(null)
      const event = { at: now, actorId: null, subjectId: user.id, origin, details: { role, isTest: true } }
      await parts.audit.record({ action: 'user.created', ...event })
      if (role === 'admin') await tellAdministrators(parts, user, null)
      return user
    })
  }

  /** The first number that nobody has. */
  async function findFree({ prefix, domain }: TestUserWish): Promise<string> {
    const taken = new Set(await repositories.users.findExistingEmailsWithPrefix(prefix, domain))
    let number = 1
    while (taken.has(`${prefix}${number}@${domain}`)) number++
    return `${prefix}${number}@${domain}`
  }

  return {
    /** With a confirmed address and a password made up here. In production only when somebody is sure. */
    async create(wish: TestUserWish, origin: Origin): Promise<TestUser> {
      if (isProduction && !wish.isSure) return { outcome: 'production' }
      const password = passwords.generateRandomPassword()
      const passwordHash = await passwords.hash(password)
      for (;;) {
        const user = await insert(await findFree(wish), { role: wish.role, passwordHash, origin })
        if (user) return { outcome: 'created', user, password }
      }
    },
  }
}
