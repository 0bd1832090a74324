import type { Figure } from '../platform/metrics.ts'

/** How a process learns that it is a worker. `first`: of a start or a reload, and so the one that migrates the database. */
export const ROLE_VARIABLE = 'GATEHOUSE_WORKER'
export type Role = 'first' | 'next'

/**
 * From the primary. `chores`: do from now on what is done once, not once per worker. `retire`: another worker has taken your
 * place; leave when your last connection has gone. `drain`: leave as after a signal to stop. `read`: say what you have counted.
 */
export type Command = 'chores' | 'retire' | 'drain' | 'read'
export type Order = { order: Command } | { order: 'take'; others: Figure[][] }

/** From a worker. It serves, or it cannot; what it has counted, for whoever asks or as the last thing it says; it asks for what the others have. */
export type Report =
  | { report: 'serving' }
  | { report: 'failed'; reason: string }
  | { report: 'counted'; figures: Figure[] }
  | { report: 'asks'; figures: Figure[] }
