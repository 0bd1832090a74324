import cluster, { type Worker } from 'node:cluster'
import type { Hired } from './crew.ts'
import { type Order, type Report, ROLE_VARIABLE, type Role } from './messages.ts'

/** Migrations are part of it. */
const START_AT_MOST_MS = 5 * 60_000

type Place = { workers: number; port: number; dataDir: string }

/** Starts the same program again, as one of several workers. Whatever else .env says by then, they are in one place. */
export function hireFor({ workers, port, dataDir }: Place): (role: Role) => Hired {
  // Each worker takes connections from the one queue of the kernel. With round robin the primary would hand them on, and what it
  // had just handed to a worker that is killed would hang for ever.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  const place = { WORKERS: String(workers), PORT: String(port), DATA_DIR: dataDir }
  return (role) => {
    const worker = cluster.fork({ ...place, [ROLE_VARIABLE]: role })
    const ended = untilEnded(worker)
    return {
      id: worker.id,
      pid: worker.process.pid ?? 0,
      started: untilStarted(worker, ended),
      ended,
      tell: (order) => send(worker, { order }),
      send: (order) => send(worker, order),
      listen: (listener) => void worker.on('message', listener),
      kill: () => worker.process.kill('SIGKILL'),
    }
  }
}

function untilEnded(worker: Worker): Hired['ended'] {
  return new Promise((resolve) => {
    worker.once('exit', (code, signal) => resolve({ code, signal }))
    worker.on('error', () => worker.process.pid ?? resolve({ code: null, signal: null }))
  })
}

/** Null once it serves, else the reason why it never will. */
function untilStarted(worker: Worker, ended: Hired['ended']): Promise<string | null> {
  const tooLate = setTimeout(() => worker.process.kill('SIGKILL'), START_AT_MOST_MS).unref()
  const started = new Promise<string | null>((resolve) => {
    worker.on('message', (message: Report) => {
      if (message.report === 'serving') resolve(null)
      if (message.report === 'failed') resolve(message.reason)
    })
    ended.then(({ code, signal }) =>
      resolve(`A worker ended with ${signal ?? `code ${code}`} before it served`),
    )
  })
  return started.finally(() => clearTimeout(tooLate))
}

/** One that has just ended needs no order. */
function send(worker: Worker, order: Order) {
  if (worker.isConnected()) worker.send(order, () => {})
}
