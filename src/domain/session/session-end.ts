import type { Origin } from '../audit-event/audit-event.ts'
import type { Transact } from '../repositories.ts'
import type { Grave } from './tombstones.ts'

export const END_REASONS = [
  'signed-out',
  'signed-out-remotely',
  'others-signed-out',
  'signed-out-everywhere',
  'signed-in-again',
  'renewed',
  'too-many',
  'taken-over',
  'password-reset',
  'password-changed',
  'email-change-undone',
  'role-changed',
  'deactivated',
  'disowned',
  'deletion-requested',
  'identity-unlinked',
  'signed-out-by-admin',
  'everybody-out',
] as const
export type EndReason = (typeof END_REASONS)[number]
/** The end of a session, in a form that can be written down. Until `expiresAt` its secret could still be presented. */
export type SessionEnd = {
  secretHash: string
  expiresAt: Date
  reason: EndReason
  at: Date
  origin: Origin
  /** Who ended it, if not its owner; null at the command line. */
  actorId?: string | null
}
/** Answers with what else it ended: the same session under a newer secret. */
export type RecordEnd = (end: SessionEnd) => Promise<Grave[]>

/** Records it in SQL; a second time changes nothing. Throws `temporarily_unavailable` when SQL may not have recorded it. */
export function createRecordEnd(transact: Transact): RecordEnd {
  return ({ secretHash, reason, at, origin, actorId }) =>
    transact(async ({ sessions, audit }) => {
      const { isNew, ended } = await sessions.revoke(secretHash, { reason, now: at })
      const [first] = ended
      if (!first) return []
      const { id, userId } = first
      const actor = actorId === undefined ? userId : actorId
      const event = { at, actorId: actor, subjectId: userId, origin, details: { session: id, reason } }
      if (isNew) await audit.record({ action: 'session.ended', ...event })
      return ended.filter((each) => each.secretHash !== secretHash)
    })
}
