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

/** Opens the world, brings the database up to date, and listens. `close` lets requests finish and loses none. */
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

  /** Says so first, so that nobody new is sent here, and goes on for a while for those who have not heard it yet. */
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

/** A trusted proxy brings everybody's connections, and is to limit its clients itself. */
function toCrowdOf(app: ReturnType<typeof createApp>) {
  const isProxy = app.get('trust proxy fn')
  return (peer: string) => (isProxy(peer, 0) ? null : toAddressKey(peer))
}
