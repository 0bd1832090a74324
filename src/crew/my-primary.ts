import cluster from 'node:cluster'
import { type Order, type Report, ROLE_VARIABLE, type Role } from './messages.ts'

export type MyPrimary = ReturnType<typeof findMyPrimary>

/** The process that started this worker. When it is gone, Node ends the worker too. */
export function findMyPrimary() {
  return {
    worker: cluster.worker?.id ?? 0,
    role: process.env[ROLE_VARIABLE] as Role,

    /** Resolves when the primary has been sent it, or is gone. */
    report: (report: Report): Promise<void> =>
      new Promise((resolve) => (process.send ? process.send(report, () => resolve()) : resolve())),

    on(order: Order['order'], follow: () => void) {
      process.on('message', (message: Order) => {
        if (message.order === order) follow()
      })
    },
  }
}
