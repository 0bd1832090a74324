import { randomUUID } from 'node:crypto'
import { type Database, type SqlPiece, sqlPiece } from '../../platform/database.ts'
import { HOUR_MS, later } from '../time.ts'
import { type AuditAction, type AuditEvent, COUNTS_AT_MOST_MS } from './audit-event.ts'

export type AuditEventRepository = ReturnType<typeof createAuditEventRepository>

export function createAuditEventRepository(database: Database) {
  return {
    async record(event: AuditEvent): Promise<void> {
      await database.$executeRaw(insertAuditEvent(event))
    },

    /** Events that concern no user, one row an hour: strangers can cause as many as they like. A row that is sealed already is followed by another. */
    async count(action: AuditAction, at: Date): Promise<void> {
      const hour = new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS)
      const closesAt = later(hour, COUNTS_AT_MOST_MS)
      const counted = (id: string) => database.$executeRaw`
        INSERT INTO audit_events (id, at, action, ip, user_agent, request_id, closes_at)
        VALUES (${id}, ${hour}, ${action}, '', '', '', ${closesAt})
        ON CONFLICT (id) DO UPDATE SET count = audit_events.count + 1 WHERE audit_events.batch IS NULL`
      let id = `${action} ${hour.toISOString()}`
      while ((await counted(id)) === 0) id = `${id}+`
    },
  }
}

/** For use in the same statement as the change it records. */
export function insertAuditEvent(event: AuditEvent): SqlPiece {
  const { at, action, actorId, subjectId, origin, details = {} } = event
  const { ip, userAgent, requestId } = origin
  return sqlPiece`
    INSERT INTO audit_events (id, at, action, actor_id, subject_id, ip, user_agent, request_id, details)
    VALUES (
      ${randomUUID()}, ${at}, ${action}, ${actorId}, ${subjectId}, ${ip}, ${userAgent}, ${requestId},
      ${JSON.stringify(details)})`
}
