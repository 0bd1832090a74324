import type { AuditEvent } from '../audit-event/audit-event.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { NewSession } from './session.repository.ts'

export type RecordStart = (session: NewSession, event: AuditEvent) => Promise<void>
type Dependencies = { repositories: Repositories; transact: Transact; isSqlite: boolean }

/** A new session and its audit event, both or neither. PostgreSQL does that in one statement. */
export function createRecordStart({ repositories, transact, isSqlite }: Dependencies): RecordStart {
  if (!isSqlite) return repositories.sessions.insertWithEvent
  return (session, event) =>
    transact(async ({ sessions, audit }) => {
      await sessions.insert(session)
      await audit.record(event)
    })
}
