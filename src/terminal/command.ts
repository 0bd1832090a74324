import type { Origin } from '../domain/audit-event/audit-event.ts'
import type { ErrorCode } from '../errors.ts'

/** Codes of the API where it would refuse with one. `refused`: the sentence says all there is. */
export type FailureCode = ErrorCode | 'refused' | 'wrong_usage' | 'cannot_start'

/**
 * What a command prints: `pieces` of a long text as they come, or `json` for programs, `text` for people, or one sentence saying why it could not be done. `isFound`: it did
 * what it should, and found something that somebody has to mend.
 */
export type Answer =
  | { json: unknown; text: string; isFound?: boolean }
  | { pieces: AsyncIterable<string> }
  | { failure: string; code?: FailureCode }
/** Opens the portal's services, runs the command with them, and prints its answer. */
export type Run<Services> = (work: (services: Services, origin: Origin) => Promise<Answer>) => Promise<void>
