import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from '../platform/metrics.ts'
import { type Command, type Order, type Report, ROLE_VARIABLE, type Role } from './messages.ts'

/** Longer than the primary waits for the others. */
const ANSWER_WITHIN_MS = 1_000

export type MyPrimary = ReturnType<typeof findMyPrimary>

/** The process that started this worker. When it is gone, Node ends the worker too. */
export function findMyPrimary() {
  const report = (what: Report): Promise<void> =>
    new Promise((resolve) => (process.send ? process.send(what, () => resolve()) : resolve()))

  return {
    worker: cluster.worker?.id ?? 0,
    role: process.env[ROLE_VARIABLE] as Role,

    /** Resolves when the primary has been sent it, or is gone. */
    report,

    /** What each other worker has counted, and those that are gone together. Nothing when the primary is too busy to say. */
    askOthers(figures: Figure[]): Promise<Figure[][]> {
      const { promise: answered, resolve } = Promise.withResolvers<Figure[][]>()
      const take = (message: Order) => message.order === 'take' && resolve(message.others)
      process.on('message', take)
      void report({ report: 'asks', figures })
      const late = sleep(ANSWER_WITHIN_MS, [], { ref: false })
      return Promise.race([answered, late]).finally(() => process.off('message', take))
    },

    on(order: Command, follow: () => void) {
      process.on('message', (message: Order) => {
        if (message.order === order) follow()
      })
    },
  }
}
