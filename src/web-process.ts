import { createServer } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { CannotStart } from './errors.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import type { Log } from './platform/log.ts'
import { openWorld, prepareDatabase } from './wiring/world.ts'
import { createServices } from './wiring.ts'

/** Slow senders are cut off; nobody takes all connections. */
const usualLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  checkedEveryMs: 1_000,
  /** Above that of the usual proxies (60 s), so that it is never this side that closes first. */
  keepAliveMs: 65_000,
  connections: 10_000,
}
const DRAIN_AT_MOST_MS = 7_000

type World = { log: Log; clock?: Clock; limits?: typeof usualLimits }

/** Opens the world, brings the database up to date, and listens. `close` lets requests finish and loses none. */
export async function startPortal(config: Config, { log, clock = systemClock, limits = usualLimits }: World) {
  await prepareDatabase(config, { log })
  const world = await openWorld(config, { log, clock })
  const services = createServices(config, world)
  await services.passwords.warmUp()
  await services.signingKeys.refresh()

  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkedEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
    },
    createApp(config, world, services),
  )
  server.maxConnections = limits.connections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.port, config.host, resolve)
  }).catch((cause) => {
    throw new CannotStart(`Nothing can be served at PORT ${config.port}`, cause)
  })
  services.outbox.begin()
  services.signingKeys.begin()
  services.housekeeping.begin()

  /** Stops accepting but lets idle connections bring a last request, which is told that the connection closes. */
  async function close({ patienceMs = DRAIN_AT_MOST_MS } = {}): Promise<void> {
    services.health.drain()
    const closed = new Promise((resolve) => Server.prototype.close.call(server, resolve))
    await Promise.race([closed, clock.wait(patienceMs)])
    server.closeAllConnections()
    await services.close()
    await world.close()
  }

  return { port: (server.address() as AddressInfo).port, services, world, close }
}
