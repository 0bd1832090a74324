import type { AuditEvent, Origin } from '../../domain/audit-event/audit-event.ts'
import type { TellAdministrators } from '../../domain/notice/tell-administrators.ts'
import type { TellOwner } from '../../domain/notice/tell-owner.ts'
import type { VerificationService } from '../../domain/one-time-link/verification.service.ts'
import type { VerificationMails } from '../../domain/one-time-link/verification-mails.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { EndedSessions } from '../../domain/session/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { ComeBack } from '../../domain/user/come-back.ts'
import type { HandOver } from '../../domain/user/hand-over.ts'
import type {
  Judged,
  ManagedUser,
  Role,
  User,
  UserChanges,
  UserWithPasswordHash,
} from '../../domain/user/user.ts'
import { continueAfter, toStatus, type UserFilter, type UserOrder } from '../../domain/user/user-list.ts'
import type { Clock } from '../../platform/clock.ts'
import { toCursor } from './cursor.ts'
import { type ChangeEvent, isAdmin, leaveOutSame, toEvents, toNotices } from './user-change.ts'
import type { UserListQuery } from './users.form.ts'

export type UsersService = ReturnType<typeof createUsersService>
/** Who makes the change, and from where: nobody by name at the command line. */
export type By = { actor: Pick<User, 'id'> | null; origin: Origin }
type NewUser = { email: string; displayName: string | null; username: string | null; role: Role }
export type Refusal = 'no-mail' | 'unknown' | 'email-taken' | 'username-taken' | 'last-admin' | 'end-is-past'
export type Change = { outcome: 'done'; user: ManagedUser } | { outcome: Refusal }
/** The user is not any more as they were shown to whoever made the change. */
export type Stale = { outcome: 'changed-meanwhile' }
type Applied =
  | { outcome: 'done'; user: ManagedUser; ended: EndedSessions | null }
  | { outcome: 'unchanged'; user: ManagedUser }
  | { outcome: Refusal }

type Dependencies = {
  repositories: Repositories
  transact: Transact
  sessions: SessionService
  verification: VerificationService
  mails: VerificationMails
  handOver: HandOver
  tellOwner: TellOwner
  tellAdministrators: TellAdministrators
  comeBack: ComeBack
  /** Then an account may be used before its address is proved. */
  isProofOptional: boolean
  clock: Clock
}

const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const EXPORTED_AT_ONCE = 250

/** Profiles, and who may sign in and administer. */
export function createUsersService(dependencies: Dependencies) {
  const { repositories, transact, sessions, verification, mails, handOver, clock } = dependencies
  const { tellOwner, tellAdministrators, comeBack, isProofOptional } = dependencies
  const { users, userList } = repositories

  /** An address that somebody has only registered yields to the administrator; one that is proved or invited is taken. */
  async function invite(newUser: NewUser, by: By): Promise<Applied> {
    if (!mails.sendsMail) return { outcome: 'no-mail' }
    const known = await users.findWithPasswordHash(newUser.email)
    if (known && !(await isUnused(known))) return { outcome: 'email-taken' }
    return transact<Applied>(async (parts, undo) => {
      const made = known ? await replace(parts, known, newUser, by) : await insert(parts, newUser)
      if (!made) return undo({ outcome: 'email-taken' })
      const user = await parts.userChanges.update(made.id, { username: newUser.username, role: newUser.role })
      if (!user) return undo({ outcome: 'username-taken' })
      const details = { role: newUser.role }
      await record(parts, [{ action: 'user.created', details }], { user, ...by })
      if (user.role === 'admin') await tellAdministrators(parts, user, by.actor)
      await mails.send(parts, user, { template: 'invitation', returnTo: null })
      return { outcome: 'done', user: { ...user, deactivation: null }, ended: made.ended }
    })
  }

  /** Registered, but may do nothing before the address is proved. */
  async function isUnused(user: UserWithPasswordHash): Promise<boolean> {
    return !user.emailVerifiedAt && !isProofOptional && !(await verification.isInvited(user))
  }

  async function insert(parts: Repositories, { email, displayName }: NewUser) {
    const person = { email, displayName, emailVerifiedAt: null, wantedUsername: null, passwordHash: null }
    const inserted = await parts.users.insert({ ...person, now: clock.now() })
    return inserted && { id: inserted.id, ended: null }
  }

  async function replace(parts: Repositories, judged: Judged, { displayName }: NewUser, by: By) {
    const heir = { displayName, emailVerifiedAt: null, passwordHash: null, isActive: true }
    const ended = await handOver(parts, judged, { heir, origin: by.origin, actorId: by.actor?.id ?? null })
    return ended && { id: judged.id, ended }
  }

  /** In one transaction: the change, whatever it ends, and the audit events for both. */
  async function apply(
    parts: Repositories,
    { id, wanted, asOf }: { id: string; wanted: UserChanges; asOf: Instant | null },
    by: By,
  ): Promise<Applied | Stale> {
    const isAboutPowers = wanted.role !== undefined || wanted.isActive !== undefined
    if (isAboutPowers) await parts.system.takeTurn()
    await parts.userChanges.hold(id)
    const before = await parts.userList.find(id)
    if (!before) return { outcome: 'unknown' }
    const changes = leaveOutSame(before, wanted)
    if (Object.keys(changes).length === 0) return { outcome: 'unchanged', user: before }
    if (asOf && asOf !== before.updatedAt) return { outcome: 'changed-meanwhile' }
    const until = changes.deactivation?.until
    if (until && until <= clock.now().toISOString()) return { outcome: 'end-is-past' }
    const ended = await endWhatIsOver(parts, { id, changes, ...by })
    const isFree = await parts.userChanges.update(id, changes)
    const user = isFree && (await parts.userList.find(id))
    if (!user) return { outcome: 'username-taken' }
    const isOneLess = isAdmin(before) && !isAdmin(user)
    if (isOneLess && (await parts.userChanges.countAdmins()) === 0) return { outcome: 'last-admin' }
    const events = toEvents(before, changes)
    await record(parts, events, { user, ...by })
    await tell(parts, events, { user, ...by })
    if (changes.role === 'admin') await tellAdministrators(parts, user, by.actor)
    return { outcome: 'done', user, ended }
  }

  /** A change of role means signing in again; a deactivated user cannot sign in at all. */
  async function endWhatIsOver(
    parts: Repositories,
    { id: userId, changes, actor, origin }: { id: string; changes: UserChanges } & By,
  ): Promise<EndedSessions | null> {
    const isDeactivated = changes.isActive === false
    if (!isDeactivated && !changes.role) return null
    const reason = isDeactivated ? 'deactivated' : 'role-changed'
    return sessions.endAllOfUser(parts, { userId, reason, origin, actorId: actor?.id ?? null })
  }

  async function record(
    { audit }: Repositories,
    events: Pick<AuditEvent, 'action' | 'details'>[],
    { user, actor, origin }: { user: User } & By,
  ) {
    const at = clock.now()
    for (const event of events)
      await audit.record({ ...event, at, actorId: actor?.id ?? null, subjectId: user.id, origin })
  }

  async function tell(
    parts: Repositories,
    events: ChangeEvent[],
    { user, actor, origin }: { user: User } & By,
  ) {
    const by = { at: clock.now(), actorId: actor?.id ?? null, subjectId: user.id, origin }
    for (const notice of toNotices(events, { isByOwner: actor?.id === user.id }))
      await tellOwner(parts, user, { ...notice, ...by })
  }

  async function* readPages(first: UserOrder, filter: UserFilter): AsyncIterable<ManagedUser[]> {
    for (let order: UserOrder | null = first; order; ) {
      const page: ManagedUser[] = await userList.list(order, { filter, skip: 0, most: EXPORTED_AT_ONCE })
      yield page
      const last = page.length === EXPORTED_AT_ONCE ? page.at(-1) : null
      order = last ? continueAfter(order, last) : null
    }
  }

  /** Returns once no process accepts a session that this ends, or still shows the user as before. */
  async function change(
    wish: { id: string; wanted: UserChanges; asOf: Instant | null },
    by: By,
  ): Promise<Change | Stale> {
    await comeBack.ifDue(await users.findByIdWithPasswordHash(wish.id))
    const applied = await transact<Applied | Stale>(async (parts, undo) => {
      const applied = await apply(parts, wish, by)
      return applied.outcome === 'done' ? applied : undo(applied)
    })
    return applied.outcome === 'changed-meanwhile' ? applied : finish(applied)
  }

  async function find(id: string): Promise<ManagedUser | null> {
    await comeBack.ifDue(await users.findByIdWithPasswordHash(id))
    return userList.find(id)
  }

  async function finish(applied: Applied): Promise<Change> {
    if (applied.outcome === 'unchanged') return { outcome: 'done', user: applied.user }
    if (applied.outcome !== 'done') return applied
    if (applied.ended) await sessions.bury(applied.ended)
    else await sessions.showChanged(applied.user.id)
    return { outcome: 'done', user: applied.user }
  }

  return {
    find,

    /** By id, email or username. */
    async findByAnyName(name: string): Promise<ManagedUser | null> {
      const found = ID.test(name) ? { id: name } : await users.findWithPasswordHash(name.toLowerCase())
      return found && find(found.id)
    },

    /** `next` is where to continue, null at the end. */
    async list({
      order,
      filter,
      page,
      perPage,
    }: UserListQuery): Promise<{ users: ManagedUser[]; next: string | null }> {
      await comeBack.bringBackAll()
      const skip = ((page ?? 1) - 1) * perPage
      const found = await userList.list(order, { filter, skip, most: perPage + 1 })
      const shown = found.slice(0, perPage)
      const last = shown.at(-1)
      return { users: shown, next: last && found.length > perPage ? toCursor(order, last) : null }
    },

    /** Everybody whom the filter finds, a page at a time. It is recorded before the first. */
    async export({ order: { sort }, filter }: UserListQuery, { actor, origin }: By) {
      await comeBack.bringBackAll()
      const { search, role } = filter
      const status = toStatus(filter)
      const details = { sort, search, role, status }
      const event = { at: clock.now(), actorId: actor?.id ?? null, subjectId: null, origin, details }
      await repositories.audit.record({ action: 'user.list_exported', ...event })
      return readPages({ sort, after: null }, filter)
    },

    /** Without a password: the owner chooses one with the mailed link. */
    create: async (newUser: NewUser, by: By): Promise<Change> => finish(await invite(newUser, by)),

    change: (id: string, wanted: UserChanges, by: By): Promise<Change> =>
      change({ id, wanted, asOf: null }, by) as Promise<Change>,

    /** Only while the user is as they were shown: `asOf` was their `updatedAt`. */
    changeAsShown: (
      id: string,
      wanted: UserChanges,
      { asOf, ...by }: By & { asOf: Instant },
    ): Promise<Change | Stale> => change({ id, wanted, asOf }, by),
  }
}
