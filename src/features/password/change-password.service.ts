import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { TellOwner } from '../../domain/notice/tell-owner.ts'
import type { PasswordService } from '../../domain/password/password.service.ts'
import type { PasswordProblem } from '../../domain/password/password-policy.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { EndedSessions, Member } from '../../domain/session/session.ts'
import type { Lane, User, UserWithPasswordHash } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'

export type ChangePasswordService = ReturnType<typeof createChangePasswordService>
/** `current` is what was given to prove who it is; null where there was no password to give. */
export type PasswordChange = { current: string | null; password: string }
export type Attempt = { origin: Origin; lane: Lane | null }
export type Changed =
  /** As who they are now, so that a session can begin that this did not end. */
  | { outcome: 'changed'; user: UserWithPasswordHash }
  | { outcome: 'weak'; problems: PasswordProblem[] }
  | { outcome: 'ended' }

type Dependencies = {
  repositories: Repositories
  transact: Transact
  passwords: PasswordService
  sessions: SessionService
  /** As signing in does it: the same work, the same limits, the same record of what was refused. */
  provePassword(user: User, password: string, attempt: Attempt): Promise<UserWithPasswordHash | null>
  tellOwner: TellOwner
  clock: Clock
}

const SAME: PasswordProblem = { code: 'same', message: 'That’s the password you have. Choose another one.' }

/** Whoever is signed in changes their password, or sets a first one. */
export function createChangePasswordService(dependencies: Dependencies) {
  const { repositories, transact, passwords, sessions, provePassword, tellOwner, clock } = dependencies
  const { users } = repositories

  function judge(
    { id, email, username, displayName }: User,
    { current, password }: PasswordChange,
    ip: string,
  ): Promise<{ problems: PasswordProblem[]; passwordHash: string | null }> {
    const asker = { ip, account: id }
    return passwords.queueUp(asker, async (place) => {
      const weaknesses = await passwords.findProblems(password, {
        personal: [email, username, displayName],
        asker,
      })
      const problems = password !== '' && password === current ? [SAME] : weaknesses
      return { problems, passwordHash: problems.length > 0 ? null : await passwords.hash(password, place) }
    })
  }

  /** All of it or nothing. Null when the account or the session is not any more what was judged. */
  async function apply(
    judged: UserWithPasswordHash,
    { passwordHash, member, origin }: { passwordHash: string; member: Member; origin: Origin },
  ): Promise<EndedSessions | null> {
    const [now, isFirst] = [clock.now(), judged.passwordHash === null]
    return transact<EndedSessions | null>(async (parts, undo) => {
      if (!(await parts.users.replacePassword(judged, passwordHash))) return undo(null)
      if (!(await parts.sessions.hold(member.session.id, now))) return undo(null)
      await parts.links.deletePending(judged.id)
      const event = { at: now, actorId: judged.id, subjectId: judged.id, origin, details: { isFirst } }
      await parts.audit.record({ action: 'user.password_changed', ...event })
      await tellOwner(parts, judged, { action: 'user.password_changed', ...event })
      return sessions.endAllOfUser(parts, { userId: judged.id, reason: 'password-changed', origin })
    })
  }

  return {
    policy: passwords.policy,
    requirementsText: passwords.requirementsText,
    suggest: passwords.generateRandomPassword,
    provePassword,

    hasPassword: ({ id }: User): Promise<boolean> => users.hasPassword(id),

    /** Who has no password yet, as judged; null for everybody else. */
    async findWithoutPassword({ id }: User): Promise<UserWithPasswordHash | null> {
      const user = await users.findByIdWithPasswordHash(id)
      return user?.isActive && user.passwordHash === null ? user : null
    },

    /**
     * `judged` is who proved it. Answers when no session and no token from before works any more, in any process. `ended`: theirs had
     * ended meanwhile, or the account changed. Throws `overloaded`.
     */
    async change(
      judged: UserWithPasswordHash,
      change: PasswordChange,
      { member, origin }: { member: Member; origin: Origin },
    ): Promise<Changed> {
      const { problems, passwordHash } = await judge(judged, change, origin.ip)
      if (passwordHash === null) return { outcome: 'weak', problems }
      const ended = await apply(judged, { passwordHash, member, origin })
      if (!ended) return { outcome: 'ended' }
      await sessions.bury(ended)
      return { outcome: 'changed', user: { ...judged, passwordHash, sessionEpoch: ended.epoch } }
    },
  }
}
