import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { CannotStart } from './errors.ts'
import { type ListenerLimits, openListener } from './http/listener.ts'
import { toAddressKey } from './platform/attempt-limits.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import type { Log } from './platform/log.ts'
import { openWorld, prepareDatabase } from './wiring/world.ts'
import { createServices } from './wiring.ts'

type World = { log: Log; clock?: Clock; limits?: Partial<ListenerLimits> }

/** Opens the world, brings the database up to date, and listens. `close` lets every request finish. */
export async function startPortal(config: Config, { log, clock = systemClock, limits }: World) {
  await prepareDatabase(config, { log })
  const world = await openWorld(config, { log, clock })
  const services = createServices(config, world)
  await Promise.all([services.passwords.warmUp(), services.signingKeys.refresh()])

  const app = createApp(config, world, services)
  const listener = await openListener(app, { ...config, limits, log, toCrowd: toCrowdOf(app) }).catch(
    (cause) => {
      throw new CannotStart(`Nothing can be served at PORT ${config.port}`, cause)
    },
  )
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
    await services.close()
    await world.close()
  }

  return { port: listener.port, services, world, close }
}

/** A trusted proxy brings everybody's connections, and must limit its clients itself. */
function toCrowdOf(app: ReturnType<typeof createApp>) {
  const isProxy = app.get('trust proxy fn')
  return (peer: string) => (isProxy(peer, 0) ? null : toAddressKey(peer))
}
