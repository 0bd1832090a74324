import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { TellAdministrators } from '../../domain/notice/tell-administrators.ts'
import type { PasswordService } from '../../domain/password/password.service.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { EndedSessions } from '../../domain/session/session.ts'
import type { HandOver } from '../../domain/user/hand-over.ts'
import type { Heir } from '../../domain/user/user.repository.ts'
import type { Judged, User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'
import type { AdminForm } from './create-admin.form.ts'

export type AdminService = ReturnType<typeof createAdminService>
export type AdminCreation =
  | { outcome: 'created'; user: User }
  | { outcome: 'weak-password'; sentence: string }
  | { outcome: 'email-taken' }

type Made = { user: User; ended: EndedSessions | null }
type Dependencies = {
  repositories: Repositories
  transact: Transact
  passwords: PasswordService
  sessions: SessionService
  handOver: HandOver
  tellAdministrators: TellAdministrators
  clock: Clock
}

/** How a portal gets its first administrator: by somebody at the machine, never over the web. */
export function createAdminService(dependencies: Dependencies) {
  const { repositories, transact, passwords, sessions, handOver, tellAdministrators, clock } = dependencies

  /** What to change about the password, in a sentence, or null when it may be used. */
  async function findPasswordProblem({ email, password }: AdminForm): Promise<string | null> {
    const problems = await passwords.findProblems(password, { personal: [email] })
    return problems.map(({ message }) => message).join(' ') || null
  }

  async function insert({ users }: Repositories, person: Parameters<Repositories['users']['insert']>[0]) {
    const user = await users.insert(person)
    return user && { user, ended: null }
  }

  /** Registered or invited, but the address was never proved: it yields to whoever is at the machine. */
  async function replace(parts: Repositories, judged: Judged, heir: Heir, origin: Origin) {
    const ended = await handOver(parts, judged, { heir, origin })
    const user = ended && (await parts.users.find(judged.id))
    return user && { user, ended }
  }

  return {
    findPasswordProblem,

    /** The address counts as proved: whoever is at the machine says so. */
    async createAdmin({ email, password }: AdminForm, origin: Origin): Promise<AdminCreation> {
      const sentence = await findPasswordProblem({ email, password })
      if (sentence) return { outcome: 'weak-password', sentence }
      const passwordHash = await passwords.hash(password)
      const known = await repositories.users.findWithPasswordHash(email)
      if (known?.emailVerifiedAt) return { outcome: 'email-taken' }
      const now = clock.now()
      const person = { emailVerifiedAt: now, passwordHash, displayName: null, role: 'admin' } as const
      const made = await transact<Made | null>(async (parts, undo) => {
        const made = known
          ? await replace(parts, known, { ...person, isActive: true }, origin)
          : await insert(parts, { email, ...person, wantedUsername: null, now })
        if (!made) return undo(null)
        const event = { at: now, actorId: null, subjectId: made.user.id, origin, details: { role: 'admin' } }
        await parts.audit.record({ action: 'user.created', ...event })
        await tellAdministrators(parts, made.user, null)
        return made
      })
      if (!made) return { outcome: 'email-taken' }
      if (made.ended) await sessions.bury(made.ended)
      return { outcome: 'created', user: made.user }
    },
  }
}
