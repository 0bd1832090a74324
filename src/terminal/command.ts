import type { Origin } from '../domain/audit-event/audit-event.ts'

/** What a command says: `json` for programs, `text` for people, or in one sentence why it could not be done. */
export type Answer = { json: unknown; text: string } | { failure: string }
/** Opens the portal's services, lets the command work with them, and says its answer. */
export type Run<Services> = (work: (services: Services, origin: Origin) => Promise<Answer>) => Promise<void>
