import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { VerificationService } from '../../domain/one-time-link/verification.service.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { EndedSessions } from '../../domain/session/session.ts'
import type { Role, User, UserChanges } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'
import { toCursor } from './cursor.ts'
import { type ChangeEvent, isAdmin, leaveOutSame, toEvents } from './user-change.ts'
import type { UserListQuery } from './users.form.ts'

export type UsersService = ReturnType<typeof createUsersService>
/** Who changes something, and from where. */
type By = { actor: User; origin: Origin }
type NewUser = { email: string; displayName: string | null; username: string | null; role: Role }
export type Refusal = 'unknown' | 'email-taken' | 'username-taken' | 'last-admin'
export type Change = { outcome: 'done'; user: User } | { outcome: Refusal }
type Applied = { outcome: 'done'; user: User; ended: EndedSessions | null } | { outcome: Refusal }

type Dependencies = {
  repositories: Repositories
  transact: Transact
  sessions: SessionService
  verification: VerificationService
  clock: Clock
}

/** Profiles, and who may enter and administer. */
export function createUsersService(dependencies: Dependencies) {
  const { repositories, transact, sessions, verification, clock } = dependencies
  const { users, userList } = repositories

  async function insert(
    parts: Repositories,
    { role, username, ...person }: NewUser,
    by: By,
  ): Promise<Change> {
    const registration = { ...person, emailVerifiedAt: null, wantedUsername: null, passwordHash: null }
    const inserted = await parts.users.insert({ ...registration, now: clock.now() })
    if (!inserted) return { outcome: 'email-taken' }
    const user = await parts.userChanges.update(inserted.id, { username, role })
    if (!user) return { outcome: 'username-taken' }
    await record(parts, [{ action: 'user.created', details: { role } }], { user, ...by })
    await verification.sendLink(parts, user, 'invitation')
    return { outcome: 'done', user }
  }

  /** In one transaction: what changes, what that ends, and the record of both. */
  async function apply(
    parts: Repositories,
    { id, wanted }: { id: string; wanted: UserChanges },
    by: By,
  ): Promise<Applied> {
    const isAboutPowers = wanted.role !== undefined || wanted.isActive !== undefined
    await (isAboutPowers ? parts.system.takeTurn() : parts.userChanges.hold(id))
    const before = await parts.users.find(id)
    if (!before) return { outcome: 'unknown' }
    const changes = leaveOutSame(before, wanted)
    if (Object.keys(changes).length === 0) return { outcome: 'done', user: before, ended: null }
    const ended = await endWhatIsOver(parts, { id, changes, ...by })
    const user = await parts.userChanges.update(id, changes)
    if (!user) return { outcome: 'username-taken' }
    const isOneLess = isAdmin(before) && !isAdmin(user)
    if (isOneLess && (await parts.userChanges.countAdmins()) === 0) return { outcome: 'last-admin' }
    await record(parts, toEvents(before, changes), { user, ...by })
    return { outcome: 'done', user, ended }
  }

  /** With other powers one signs in anew; without any, not at all. */
  async function endWhatIsOver(
    parts: Repositories,
    { id: userId, changes, actor, origin }: { id: string; changes: UserChanges } & By,
  ): Promise<EndedSessions | null> {
    const isDeactivated = changes.isActive === false
    if (!isDeactivated && !changes.role) return null
    const reason = isDeactivated ? 'deactivated' : 'role-changed'
    return sessions.endAllOfUser(parts, { userId, reason, origin, actorId: actor.id })
  }

  async function record(
    { audit }: Repositories,
    events: ChangeEvent[],
    { user, actor, origin }: { user: User } & By,
  ) {
    const at = clock.now()
    for (const event of events)
      await audit.record({ ...event, at, actorId: actor.id, subjectId: user.id, origin })
  }

  return {
    find: (id: string): Promise<User | null> => users.find(id),

    /** `next` is where to go on, null at the end. */
    async list({
      order,
      filter,
      page,
      perPage,
    }: UserListQuery): Promise<{ users: User[]; next: string | null }> {
      const skip = ((page ?? 1) - 1) * perPage
      const found = await userList.list(order, { filter, skip, most: perPage + 1 })
      const shown = found.slice(0, perPage)
      const last = shown.at(-1)
      return { users: shown, next: last && found.length > perPage ? toCursor(order, last) : null }
    },

    /** Without a password: its owner chooses one, by the link that is mailed. */
    create: (newUser: NewUser, by: By): Promise<Change> =>
      transact<Change>(async (parts, undo) => {
        const created = await insert(parts, newUser, by)
        return created.outcome === 'done' ? created : undo(created)
      }),

    /** Answers when no process accepts a session any more that this ends. */
    async change(id: string, wanted: UserChanges, by: By): Promise<Change> {
      const applied = await transact<Applied>(async (parts, undo) => {
        const applied = await apply(parts, { id, wanted }, by)
        return applied.outcome === 'done' ? applied : undo(applied)
      })
      if (applied.outcome !== 'done') return applied
      if (applied.ended) await sessions.bury(applied.ended)
      return { outcome: 'done', user: applied.user }
    },
  }
}
