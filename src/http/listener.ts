import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, type Socket, Server as SocketServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Express } from 'express'
import type { Log } from '../platform/log.ts'
import { limitCrowds } from './crowds.ts'
import { bornForExpress } from './express-prototypes.ts'
import { giveLastAnswer } from './last-answer.ts'
import { createSlowReaders } from './slow-readers.ts'

export type ListenerLimits = typeof usualLimits

/** Slow senders and slow readers are cut off; nobody takes all connections. */
const usualLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  checkedEveryMs: 1_000,
  /** Longer than the usual proxies' (60 s), so that this side never closes first. */
  keepAliveMs: 65_000,
  connections: 10_000,
  /** Many people may share an address, but hardly so many at once. */
  connectionsPerAddress: 1_000,
  /** To read an answer, plus a second for every so many bytes of it. */
  readWithinMs: 30_000,
  readBytesPerSecond: 8_192,
}
const CLOSE_AT_MOST_MS = 6_000
/** The kernel does not deal connections evenly to those that share a port. */
const UNEVEN = 1.5
/** Whoever asks often asks within this, and is told that the connection closes. */
const LAST_REQUESTS_MS = 1_000
const LAST_ANSWERS_MS = 1_000
/** Twice what the kernel holds for Node. */
const ACCEPT_AT_MOST = 1_024

type Place = {
  port: number
  host: string
  /** Processes that share this port, and the numbers of connections. */
  workers: number
  limits?: Partial<ListenerLimits>
  /** The name under which a peer's connections are counted. Null: not counted. */
  toCrowd(peer: string): string | null
  log: Log
}

/** Rejects when the port is taken. `close` resets no connection made before it. */
export async function openListener(app: Express, { port, host, workers, toCrowd, log, ...given }: Place) {
  const limits = { ...shareLimits(workers), ...given.limits }
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkedEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
      ...bornForExpress(app),
    },
    app,
  )
  server.maxConnections = limits.connections
  const open = keepOpen(server)
  const answers = keepAnswers(server)
  declineUpgrades(server)
  const watch = watchConnections({ server, open, limits, toCrowd, log })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'))

  const closed = once(server, 'close')

  async function stopAccepting(patience: Promise<unknown>): Promise<void> {
    if (!server.listening) return
    await Promise.race([acceptWhoeverWaits(server, open), patience])
    SocketServer.prototype.close.call(server)
    for (const socket of open) socket.resume()
  }

  return {
    port: (server.address() as AddressInfo).port,

    /** Accepts nobody new, and returns when every client has closed its connections or the time is over. */
    async retire(withinMs: number): Promise<void> {
      const patience = sleep(withinMs, undefined, { ref: false })
      await stopAccepting(patience)
      await Promise.race([closed, patience])
    },

    /** Lets requests finish; idle connections have a second for a last one. Whoever still waits in the end is told to come back. */
    async close({ patienceMs = CLOSE_AT_MOST_MS } = {}): Promise<void> {
      const patience = sleep(patienceMs, undefined, { ref: false })
      await stopAccepting(patience)
      await Promise.race([closed, patience, sleep(LAST_REQUESTS_MS, undefined, { ref: false })])
      await closeIdle(server)
      await Promise.race([closed, patience])
      const told = [...open].filter((socket) => giveLastAnswer(socket, answers.get(socket)))
      if (told.length > 0) {
        log.warn({ requests: told.length }, 'there was no time left to finish every request')
        await Promise.race([closed, sleep(LAST_ANSWERS_MS)])
      }
      server.closeAllConnections()
      clearInterval(watch)
    },
  }
}

function shareLimits(workers: number): typeof usualLimits {
  const { connections, connectionsPerAddress } = usualLimits
  return {
    ...usualLimits,
    connections: Math.ceil(connections / workers),
    connectionsPerAddress:
      workers > 1 ? Math.ceil((connectionsPerAddress * UNEVEN) / workers) : connectionsPerAddress,
  }
}

type Watched = Pick<Place, 'toCrowd' | 'log'> & { server: Server; open: Set<Socket>; limits: ListenerLimits }

function watchConnections({ server, open, limits, toCrowd, log }: Watched) {
  const crowds = limitCrowds(server, { most: limits.connectionsPerAddress, toCrowd })
  const slowReaders = createSlowReaders(limits)
  return setInterval(() => {
    const slow = slowReaders.cut(open)
    const addresses = crowds.takeRefused()
    if (slow > 0) log.warn({ slow_readers: slow }, 'connections were cut off: their clients did not read')
    if (addresses.length > 0) log.warn({ addresses }, 'connections were refused: too many from one address')
  }, limits.checkedEveryMs).unref()
}

function keepOpen(server: Server): Set<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

/** The newest answer of each connection. */
function keepAnswers(server: Server): WeakMap<Socket, ServerResponse> {
  const answers = new WeakMap<Socket, ServerResponse>()
  server.on('request', ({ socket }, res) => answers.set(socket, res))
  return answers
}

/** No other protocol is spoken here. Node drops what a client sent right behind such an offer, so the connection ends with the answer. */
function declineUpgrades(server: Server) {
  server.prependListener('request', ({ headers }, res) => {
    if (headers.upgrade !== undefined) res.shouldKeepAlive = false
  })
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

/** Not those that have asked for nothing yet: they are about to. What the kernel holds of a request is read first. */
async function closeIdle(server: Server): Promise<void> {
  await endOfTurn()
  await endOfTurn()
  server.closeIdleConnections()
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
