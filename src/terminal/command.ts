import type { Origin } from '../domain/audit-event/audit-event.ts'

/** What a command prints: `json` for programs, `text` for people, or one sentence saying why it could not be done. */
export type Answer = { json: unknown; text: string } | { failure: string }
/** Opens the portal's services, runs the command with them, and prints its answer. */
export type Run<Services> = (work: (services: Services, origin: Origin) => Promise<Answer>) => Promise<void>
