import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the range of outgoing connections: a client that keeps dialling a stopped server cannot take its port. */
export async function findFreePort(): Promise<number> {
  const port = 12_000 + Math.floor(Math.random() * 20_000)
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
