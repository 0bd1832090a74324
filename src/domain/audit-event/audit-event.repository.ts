import { randomUUID } from 'node:crypto'
import type { Database } from '../../platform/database.ts'
import type { AuditEvent } from './audit-event.ts'

export type AuditEventRepository = ReturnType<typeof createAuditEventRepository>

export function createAuditEventRepository(database: Database) {
  return {
    async record({ origin, details = {}, ...event }: AuditEvent): Promise<void> {
      await database.auditEvent.create({
        data: { id: randomUUID(), ...event, ...origin, details: JSON.stringify(details) },
        select: { id: true },
      })
    },
  }
}
