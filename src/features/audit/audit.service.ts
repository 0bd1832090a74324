import type { AuditDetails, Origin } from '../../domain/audit-event/audit-event.ts'
import type { LogFilter, LoggedEvent } from '../../domain/audit-event/audit-log.ts'
import type { HistoryPlace } from '../../domain/audit-event/history.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'

export type AuditService = ReturnType<typeof createAuditService>
/** People as an administrator names them: by id, email or username. */
export type Asked = Omit<LogFilter, 'subjectId' | 'actorId'> & { user: string | null; actor: string | null }
export type AuditPage = {
  events: LoggedEvent[]
  next: HistoryPlace | null
  /** The emails of those who still have an account. */
  emails: Map<string, string>
}
type Exporter = { actor: Pick<User, 'id'> | null; origin: Origin }
type Dependencies = { repositories: Repositories; clock: Clock }

const EXPORTED_AT_ONCE = 1_000

export function createAuditService({ repositories, clock }: Dependencies) {
  const { users, userList, auditLog, audit } = repositories

  /** A name that nobody has is taken for an id: people who left stand in the log under theirs. */
  async function findId(name: string | null): Promise<string | null> {
    if (name === null) return null
    return (await users.findWithPasswordHash(name))?.id ?? name
  }

  async function toFilter({ user, actor, ...rest }: Asked): Promise<LogFilter> {
    return { ...rest, subjectId: await findId(user), actorId: await findId(actor) }
  }

  async function* listAll(filter: LogFilter) {
    let after: HistoryPlace | null = null
    do {
      const events: LoggedEvent[] = await auditLog.listOldest({ filter, after, most: EXPORTED_AT_ONCE })
      yield events
      after = events.length === EXPORTED_AT_ONCE ? (events.at(-1) ?? null) : null
    } while (after)
  }

  return {
    /** Newest first. `next` is null on the last page. */
    async list(
      asked: Asked,
      { after, most }: { after: HistoryPlace | null; most: number },
    ): Promise<AuditPage> {
      const found = await auditLog.listNewest({ filter: await toFilter(asked), after, most: most + 1 })
      const events = found.slice(0, most)
      const people = new Set(events.flatMap(({ actorId, subjectId }) => [actorId ?? '', subjectId ?? '']))
      const last = events.at(-1)
      return {
        events,
        next: found.length > most && last ? { at: last.at, id: last.id } : null,
        emails: await userList.findEmails([...people]),
      }
    },

    /** Oldest first, as it is taken. Who took it, and what they asked for, is in the log before anything is given. */
    async export(asked: Asked, { actor, origin }: Exporter): Promise<AsyncIterable<LoggedEvent[]>> {
      const filter = await toFilter(asked)
      const event = { at: clock.now(), actorId: actor?.id ?? null, subjectId: null, origin }
      // An email would stay here when its owner has left.
      const details = toDetails({ ...asked, user: filter.subjectId, actor: filter.actorId })
      await audit.record({ action: 'audit.exported', ...event, details })
      return listAll(filter)
    },
  }
}

function toDetails(asked: Asked): AuditDetails {
  const set = Object.entries(asked).filter(([, value]) => value !== null)
  return Object.fromEntries(
    set.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : String(value)]),
  )
}
