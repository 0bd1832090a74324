import { randomUUID } from 'node:crypto'
import { type Database, type SqlPiece, sqlPiece } from '../../platform/database.ts'
import type { AuditEvent } from './audit-event.ts'

export type AuditEventRepository = ReturnType<typeof createAuditEventRepository>

export function createAuditEventRepository(database: Database) {
  return {
    async record(event: AuditEvent): Promise<void> {
      await database.$executeRaw(insertAuditEvent(event))
    },
  }
}

/** To stand in a statement with what it tells of. */
export function insertAuditEvent(event: AuditEvent): SqlPiece {
  const { at, action, actorId, subjectId, origin, details = {} } = event
  const { ip, userAgent, requestId } = origin
  return sqlPiece`
    INSERT INTO audit_events (id, at, action, actor_id, subject_id, ip, user_agent, request_id, details)
    VALUES (
      ${randomUUID()}, ${at}, ${action}, ${actorId}, ${subjectId}, ${ip}, ${userAgent}, ${requestId},
      ${JSON.stringify(details)})`
}
