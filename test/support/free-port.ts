import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the range of outgoing connections: a client that keeps dialling a stopped server cannot take its port. */
const FIRST = 12_000
const PROCESSES = 40
const PORTS_EACH = 500
/** Anywhere among them: two processes may share a number. */
let taken = Math.floor(Math.random() * PORTS_EACH)

/** Test files run beside each other: each has ports of its own and takes them in turn, so nobody else takes one before it is listened at. */
export async function findFreePort(): Promise<number> {
  const port = FIRST + (process.pid % PROCESSES) * PORTS_EACH + (taken++ % PORTS_EACH)
  const probe = createServer()
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!isFree) return findFreePort()
  probe.close()
  await once(probe, 'close')
  return port
}
