import type { Database } from '../../platform/database.ts'
import type { AuditAction } from './audit-event.ts'
import type { HistoryPlace, PastEvent } from './history.ts'

export type HistoryRepository = ReturnType<typeof createHistoryRepository>
type Wish = { actions: AuditAction[]; after: HistoryPlace | null; most: number }

const shown = { id: true, at: true, action: true, actorId: true, ip: true, userAgent: true, details: true }

export function createHistoryRepository(database: Database) {
  return {
    /** What happened to one person, newest first. Every event has exactly one place, so reading page by page skips and repeats none. */
    async list(subjectId: string, { actions, after, most }: Wish): Promise<PastEvent[]> {
      const further = after && {
        at: { lte: after.at },
        OR: [{ at: { lt: after.at } }, { id: { lt: after.id } }],
      }
      const rows = await database.auditEvent.findMany({
        where: { subjectId, action: { in: actions }, ...further },
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        take: most,
        select: shown,
      })
      return rows.map((row) => ({
        ...row,
        action: row.action as AuditAction,
        details: JSON.parse(row.details),
      }))
    },
  }
}
