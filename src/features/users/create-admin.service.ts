import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { PasswordService } from '../../domain/password/password.service.ts'
import type { Transact } from '../../domain/repositories.ts'
import type { User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'
import type { AdminForm } from './create-admin.form.ts'

export type AdminService = ReturnType<typeof createAdminService>
export type AdminCreation =
  | { outcome: 'created'; user: User }
  | { outcome: 'weak-password'; sentence: string }
  | { outcome: 'email-taken' }

type Dependencies = { transact: Transact; passwords: PasswordService; clock: Clock }

/** How a portal gets its first administrator: by somebody at the machine, never over the web. */
export function createAdminService({ transact, passwords, clock }: Dependencies) {
  /** A sentence about what to mend, or null for a password that may be used. */
  async function findPasswordProblem({ email, password }: AdminForm): Promise<string | null> {
    return (await passwords.validateStrength(password, [email]))?.message ?? null
  }

  return {
    findPasswordProblem,

    /** The address counts as proved: whoever is at the machine says so. */
    async createAdmin({ email, password }: AdminForm, origin: Origin): Promise<AdminCreation> {
      const sentence = await findPasswordProblem({ email, password })
      if (sentence) return { outcome: 'weak-password', sentence }
      const passwordHash = await passwords.hash(password)
      const now = clock.now()
      return transact(async ({ users, audit }) => {
        const names = { wantedUsername: null, displayName: null }
        const person = { email, emailVerifiedAt: now, passwordHash, role: 'admin', ...names, now } as const
        const user = await users.insert(person)
        if (!user) return { outcome: 'email-taken' }
        const event = { at: now, actorId: null, subjectId: user.id, origin, details: { role: 'admin' } }
        await audit.record({ action: 'user.created', ...event })
        return { outcome: 'created', user }
      })
    },
  }
}
