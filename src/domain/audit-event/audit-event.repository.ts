import { randomUUID } from 'node:crypto'
import { type Database, deleteFew, type SqlPiece, sqlPiece } from '../../platform/database.ts'
import { HOUR_MS } from '../time.ts'
import type { AuditAction, AuditEvent } from './audit-event.ts'

export type AuditEventRepository = ReturnType<typeof createAuditEventRepository>

export function createAuditEventRepository(database: Database) {
  return {
    async record(event: AuditEvent): Promise<void> {
      await database.$executeRaw(insertAuditEvent(event))
    },

    /** Events that concern no user, one row an hour: strangers can cause as many as they like. */
    async count(action: AuditAction, at: Date): Promise<void> {
      const hour = new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS)
      const id = `${action} ${hour.toISOString()}`
      await database.$executeRaw`
        INSERT INTO audit_events (id, at, action, ip, user_agent, request_id)
        VALUES (${id}, ${hour}, ${action}, '', '', '')
        ON CONFLICT (id) DO UPDATE SET count = audit_events.count + 1`
    },

    /** What happened stays; who it was, and where from, does not. `nobody` stands in their place. Returns how many it was, at most. */
    async forgetPerson(id: string, { nobody, most }: { nobody: string; most: number }): Promise<number> {
      const asSubject = await database.$executeRaw`
        UPDATE audit_events SET subject_id = ${nobody}, ip = '', user_agent = '', details = '{}'
        WHERE id IN (SELECT id FROM audit_events WHERE subject_id = ${id} LIMIT ${most})`
      const asActor = await database.$executeRaw`
        UPDATE audit_events SET actor_id = ${nobody}, ip = '', user_agent = ''
        WHERE id IN (SELECT id FROM audit_events WHERE actor_id = ${id} LIMIT ${most})`
      return Math.max(asSubject, asActor)
    },

    async deleteOlder(before: Date, most: number): Promise<number> {
      const where = sqlPiece`at < ${before}`
      return deleteFew(database, { table: sqlPiece`audit_events`, key: sqlPiece`id`, where, most })
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
