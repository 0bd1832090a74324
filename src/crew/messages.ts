/** How a process learns that it is a worker. `first`: of a start or a reload, and so the one that migrates the database. */
export const ROLE_VARIABLE = 'GATEHOUSE_WORKER'
export type Role = 'first' | 'next'

/**
 * From the primary. `chores`: do from now on what is done once, not once per worker. `retire`: another worker has taken your
 * place; leave when your last connection has gone. `drain`: leave as after a signal to stop.
 */
export type Order = { order: 'chores' | 'retire' | 'drain' }

/** From a worker, once: it serves, or it cannot. */
export type Report = { report: 'serving' } | { report: 'failed'; reason: string }
