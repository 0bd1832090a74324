import type { AuditAction, AuditDetails } from './audit-event.ts'

/** An event as administrators see it. `batch` is null until it is sealed. */
export type LoggedEvent = {
  id: string
  at: Date
  action: AuditAction
  actorId: string | null
  subjectId: string | null
  ip: string
  userAgent: string
  requestId: string
  details: AuditDetails
  count: number
  batch: number | null
}
/** What is null is not asked for. `until` is left out of the time, `from` is not. */
export type LogFilter = {
  subjectId: string | null
  actorId: string | null
  action: AuditAction | null
  ip: string | null
  from: Date | null
  until: Date | null
}
