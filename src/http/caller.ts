import type { Member } from '../domain/session/session.ts'
import type { LiveSession } from '../domain/session/session-check.ts'
import type { ErrorCode, PortalError } from '../errors.ts'

/** Who is asking. */
export type Caller =
  | { kind: 'visitor' }
  | { kind: 'refused'; code: ErrorCode }
  | { kind: 'member'; member: Member; live: LiveSession; secret: string }
  /** Has a cookie of ours, and nobody could be asked what it is worth: never taken for "signed out". */
  | { kind: 'unanswered'; secret: string; failure: PortalError }
