import { createServer } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import type { Log } from './platform/log.ts'
import { applyMigrations } from './platform/migrations.ts'
import { createServices, openWorld } from './wiring.ts'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
/** Above that of the usual proxies (60 s), so that it is never this side that closes first. */
const KEEP_ALIVE_MS = 65_000
const CONNECTIONS_AT_MOST = 10_000
const DRAIN_AT_MOST_MS = 7_000

/** Opens the world, brings the database up to date, and listens. `close` lets requests finish and loses none. */
export async function startPortal(config: Config, { log, clock = systemClock }: { log: Log; clock?: Clock }) {
  const migrations = await applyMigrations(config.databaseUrl)
  if (migrations.length > 0) log.info({ migrations }, 'the database was brought up to date')
  const world = await openWorld(config, { log, clock })
  const services = createServices(config, world)
  await services.passwords.warmUp()

  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    createApp(config, world, services),
  )
  server.maxConnections = CONNECTIONS_AT_MOST
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.port, config.host, resolve)
  })
  services.outbox.begin()

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
