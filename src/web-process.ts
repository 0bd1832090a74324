import { createApp, createMetricsApp } from './app.ts'
import type { Config } from './config.ts'
import { CannotStart } from './errors.ts'
import { type ListenerLimits, openListener } from './http/listener.ts'
import { toAddressKey } from './platform/attempt-limits.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import type { Log } from './platform/log.ts'
import { openWorld, prepareDatabase } from './wiring/world.ts'
import { createServices, type Services } from './wiring.ts'

type World = { log: Log; clock?: Clock; limits?: Partial<ListenerLimits> }

/** Opens the world, brings the database up to date, and listens. `close` lets every request finish. */
export async function startPortal(config: Config, { log, clock = systemClock, limits }: World) {
  await prepareDatabase(config, { log })
  const world = await openWorld(config, { log, clock, metrics: await openMetricsIfRead(config) })
  const services = createServices(config, world)
  await Promise.all([services.passwords.warmUp(), services.signingKeys.refresh()])

  const app = createApp(config, world, services)
  const listener = await openListener(app, { ...config, limits, log, toCrowd: toCrowdOf(app) }).catch(
    (cause) => {
      throw new CannotStart(`Nothing can be served at PORT ${config.port}`, cause)
    },
  )
  const metricsListener = await listenForMetrics(config, services, log)
  services.passwords.begin()
  services.outbox.begin()
  services.signingKeys.begin()
  services.housekeeping.begin()

  /** Readiness falls first, so that no new requests are sent here, and serving goes on for those that have not noticed yet. */
  async function close(patience: { patienceMs?: number } = {}): Promise<void> {
    services.health.drain()
    services.outbox.drain()
    await clock.wait(config.drainDelayMs)
    await listener.close(patience)
    await metricsListener?.close({ patienceMs: 0 })
    await services.close()
    await world.close()
  }

  return { port: listener.port, services, world, close }
}

/** Loaded only where they are read. */
async function openMetricsIfRead({ metrics }: Config) {
  return metrics && (await import('./platform/metrics.ts')).openMetrics()
}

/** Null where they are read on the portal's own port, or not at all. */
async function listenForMetrics({ metrics: wanted }: Config, { metrics }: Services, log: Log) {
  if (!metrics || !wanted?.port) return null
  const { host, port, token } = wanted
  const app = createMetricsApp({ metrics, token, log })
  return openListener(app, { host, port, toCrowd: toAddressKey, log }).catch((cause) => {
    throw new CannotStart(`Nothing can be served at METRICS_PORT ${port}`, cause)
  })
}

/** A trusted proxy brings everybody's connections, and must limit its clients itself. */
function toCrowdOf(app: ReturnType<typeof createApp>) {
  const isProxy = app.get('trust proxy fn')
  return (peer: string) => (isProxy(peer, 0) ? null : toAddressKey(peer))
}
