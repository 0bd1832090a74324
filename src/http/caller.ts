import type { Scope } from '../domain/access-token/scope.ts'
import type { PastEnd } from '../domain/session/past-end.ts'
import type { Member } from '../domain/session/session.ts'
import type { ErrorCode, PortalError } from '../errors.ts'

/** Who is asking. `mayAct`: the address is proved, or need not be. `isFresh`: who it is was proved within the last minutes. */
export type Caller =
  | { kind: 'visitor' }
  /** `end` is why the session is over, where that may be told. */
  | { kind: 'refused'; code: ErrorCode; end?: PastEnd | null }
  | { kind: 'member'; member: Member; mayAct: boolean; isFresh: boolean; secret: string; scopes: null }
  /** A program with an access token made from somebody's live session. */
  | {
      kind: 'member'
      member: Member
      mayAct: boolean
      isFresh: boolean
      secret: null
      scopes: Scope[]
      clientId: string
    }
  /** Has a cookie of ours that could not be checked. Never taken for "signed out". */
  | { kind: 'unanswered'; secret: string; failure: PortalError }
