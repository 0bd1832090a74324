import type { Database } from '../../platform/database.ts'
import type { AuditAction } from './audit-event.ts'
import type { LogFilter, LoggedEvent } from './audit-log.ts'
import type { HistoryPlace } from './history.ts'

export type AuditLogRepository = ReturnType<typeof createAuditLogRepository>
type Wish = { filter: LogFilter; after: HistoryPlace | null; most: number }

const shown = {
  id: true,
  at: true,
  action: true,
  actorId: true,
  subjectId: true,
  ip: true,
  userAgent: true,
  requestId: true,
  details: true,
  count: true,
  batch: true,
} as const

/** What happened to everybody. Every event has exactly one place, so reading page by page skips and repeats none. */
export function createAuditLogRepository(database: Database) {
  async function find(conditions: object[], direction: 'asc' | 'desc', take: number): Promise<LoggedEvent[]> {
    const rows = await database.auditEvent.findMany({
      where: { AND: conditions },
      orderBy: [{ at: direction }, { id: direction }],
      take,
      select: shown,
    })
    return rows.map((row) => ({
      ...row,
      action: row.action as AuditAction,
      details: JSON.parse(row.details),
    }))
  }

  return {
    listNewest: ({ filter, after, most }: Wish): Promise<LoggedEvent[]> =>
      find([...toConditions(filter), ...toFurther(after, 'lt')], 'desc', most),

    listOldest: ({ filter, after, most }: Wish): Promise<LoggedEvent[]> =>
      find([...toConditions(filter), ...toFurther(after, 'gt')], 'asc', most),
  }
}

function toConditions({ subjectId, actorId, action, ip, from, until }: LogFilter): object[] {
  const wanted = { subjectId, actorId, action, ip }
  const named = Object.entries(wanted).filter(([, value]) => value !== null)
  const times = { ...(from && { gte: from }), ...(until && { lt: until }) }
  return [Object.fromEntries(named), ...(from || until ? [{ at: times }] : [])]
}

/** The time on its own bounds the range of the index. */
function toFurther(after: HistoryPlace | null, beyond: 'lt' | 'gt'): object[] {
  if (!after) return []
  const { at, id } = after
  return [{ at: { [`${beyond}e`]: at } }, { OR: [{ at: { [beyond]: at } }, { id: { [beyond]: id } }] }]
}
