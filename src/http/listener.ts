import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, type Socket, Server as SocketServer } from 'node:net'

export type ListenerLimits = typeof usualLimits

/** Slow senders are cut off; nobody takes all connections. */
const usualLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  checkedEveryMs: 1_000,
  /** Above that of the usual proxies (60 s), so that it is never this side that closes first. */
  keepAliveMs: 65_000,
  connections: 10_000,
}
const CLOSE_AT_MOST_MS = 7_000
/** Twice what the kernel holds for Node. */
const ACCEPT_AT_MOST = 1_024

type Address = { port: number; host: string; limits?: ListenerLimits }

/** Rejects when the port is taken. `close` resets nobody who came before it. */
export async function openListener(app: RequestListener, { port, host, limits = usualLimits }: Address) {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkedEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
    },
    app,
  )
  server.maxConnections = limits.connections
  const open = keepOpen(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })

  return {
    port: (server.address() as AddressInfo).port,

    /** Lets requests finish, and idle connections bring a last one. */
    async close({ patienceMs = CLOSE_AT_MOST_MS } = {}): Promise<void> {
      const patience = new Promise((resolve) => setTimeout(resolve, patienceMs).unref())
      await Promise.race([acceptWhoeverWaits(server, open), patience])
      const closed = new Promise((resolve) => SocketServer.prototype.close.call(server, resolve))
      for (const socket of open) socket.resume()
      await Promise.race([closed, patience])
      server.closeAllConnections()
    },
  }
}

function keepOpen(server: Server): Set<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

/**
 * What the kernel still holds when listening ends is reset. Node accepts one connection in each turn of its event loop, so a
 * turn that brings none means that nobody waits. Turns are short because nobody is read from until then.
 */
async function acceptWhoeverWaits(server: Server, open: Set<Socket>): Promise<void> {
  let accepted = 0
  let seen = -1
  for (const socket of open) socket.pause()
  server.on('connection', (socket) => {
    accepted++
    process.nextTick(() => socket.pause()) // after http has begun to read
  })
  await endOfTurn()
  while (accepted > seen && accepted < ACCEPT_AT_MOST) {
    seen = accepted
    await endOfTurn()
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
