import { HOUR_MS, MINUTE_MS } from '../time.ts'

/** How long a row that counts what happened in one hour stays open: the clocks of processes differ. */
export const COUNTS_AT_MOST_MS = HOUR_MS + 5 * MINUTE_MS

/** What happened, in the past tense. Each is a security event (ASVS 16.3). */
export type AuditAction =
  | 'user.registered'
  | 'user.registration_attempted'
  | 'user.email_verified'
  | 'user.taken_over'
  | 'user.password_reset_requested'
  | 'user.password_reset'
  | 'user.password_changed'
  | 'user.password_strained'
  | 'user.wrong_passwords'
  | 'user.disowned'
  | 'user.email_change_requested'
  | 'user.email_change_cancelled'
  | 'user.email_changed'
  | 'user.email_change_undone'
  | 'session.started'
  | 'session.start_refused'
  | 'session.renewed'
  | 'session.ended'
  | 'session.all_ended'
  | 'session.everybody_ended'
  | 'identity.linked'
  | 'identity.unlinked'
  | 'token.family_started'
  | 'token.reuse_detected'
  | 'token.revoked'
  | 'client.created'
  | 'client.secret_rotated'
  | 'client.disabled'
  | 'signing_key.rotated'
  | 'audit.exported'
  | 'mail.retried'
  | 'mail.cancelled'
  | 'user.created'
  | 'user.invitation_sent'
  | 'user.updated'
  | 'user.deactivated'
  | 'user.reactivated'
  | 'user.role_changed'
  | 'user.list_exported'
  | 'user.deletion_requested'
  | 'user.deletion_cancelled'
  | 'user.deleted'

/** Where a request came from, for the record. */
export type Origin = { ip: string; userAgent: string; requestId: string }

/** Of what no request caused. */
export const NOWHERE: Origin = { ip: '', userAgent: '', requestId: '' }

export type AuditDetails = Record<string, string | number | boolean | null>

export type AuditEvent = {
  at: Date
  action: AuditAction
  actorId: string | null
  subjectId: string | null
  origin: Origin
  details?: AuditDetails
}
