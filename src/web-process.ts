import { createApp, createMetricsApp } from './app.ts'
import type { Config } from './config.ts'
import type { Role } from './crew/messages.ts'
import { CannotStart } from './errors.ts'
import { type ListenerLimits, openListener } from './http/listener.ts'
import { toAddressKey } from './platform/attempt-limits.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import type { Log } from './platform/log.ts'
import type { AskOthers } from './platform/metrics.ts'
import { openWorld, prepareDatabase } from './wiring/world.ts'
import { createServices, type Services } from './wiring.ts'

/** `role`: among several workers. Alone, a process does everything. */
type World = {
  log: Log
  clock?: Clock
  limits?: Partial<ListenerLimits>
  role?: Role
  askOthers?: AskOthers
}

/** How long clients keep an idle connection (65 s), and some. */
const RETIRE_AT_MOST_MS = 70_000

/** Opens the world, brings the database up to date, and listens. `close` lets every request finish. */
export async function startPortal(
  config: Config,
  { log, clock = systemClock, limits, role, askOthers }: World,
) {
  if (role !== 'next') await prepareDatabase(config, { log })
  const world = await openWorld(config, { log, clock, metrics: await openMetricsIfRead(config), askOthers })
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
  services.signingKeys.begin()
  if (!role) beginChores()
  let isRetired = false
  let closed: Promise<void> | null = null

  /** What one process does for all. Each piece of it is claimed in SQL, so that other machines may do the same. */
  function beginChores() {
    services.outbox.begin()
    services.housekeeping.begin()
  }

  function endChores() {
    services.outbox.drain()
    services.housekeeping.close()
  }

  /** Another process has taken over: connections are left to their clients, who read with each answer that they close. */
  async function retire(): Promise<void> {
    isRetired = true
    endChores()
    services.health.retire()
    await Promise.all([listener, metricsListener].map((each) => each?.retire(RETIRE_AT_MOST_MS)))
  }

  /** Readiness falls first, so that no new requests are sent here, and serving goes on for those that have not noticed yet. */
  async function closeAll(patience: { patienceMs?: number }): Promise<void> {
    services.health.drain()
    services.outbox.drain()
    if (!isRetired) await clock.wait(config.drainDelayMs)
    await listener.close(patience)
    await metricsListener?.close({ patienceMs: 0 })
    await services.close()
    await world.close()
  }

  function close(patience: { patienceMs?: number } = {}): Promise<void> {
    closed ??= closeAll(patience)
    return closed
  }

  return { port: listener.port, services, world, beginChores, retire, close }
}

/** Loaded only where they are read. */
async function openMetricsIfRead({ metrics }: Config) {
  return metrics && (await import('./platform/metrics.ts')).openMetrics()
}

/** Null where they are read on the portal's own port, or not at all. */
async function listenForMetrics({ metrics: wanted, workers }: Config, { metrics }: Services, log: Log) {
  if (!metrics || !wanted?.port) return null
  const { host, port, token } = wanted
  const app = createMetricsApp({ metrics, token, log })
  return openListener(app, { host, port, workers, toCrowd: toAddressKey, log }).catch((cause) => {
    throw new CannotStart(`Nothing can be served at METRICS_PORT ${port}`, cause)
  })
}

/** A trusted proxy brings everybody's connections, and must limit its clients itself. */
function toCrowdOf(app: ReturnType<typeof createApp>) {
  const isProxy = app.get('trust proxy fn')
  return (peer: string) => (isProxy(peer, 0) ? null : toAddressKey(peer))
}
