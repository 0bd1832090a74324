import { randomUUID } from 'node:crypto'
import type { Config } from './config.ts'
import type { Origin } from './domain/audit-event/audit-event.ts'
import { MINUTE_MS } from './domain/time.ts'
import { systemClock } from './platform/clock.ts'
import type { Log } from './platform/log.ts'
import { openWorld, prepareDatabase } from './wiring/world.ts'
import { createServices, type Services } from './wiring.ts'

type World = { log: Log; version: string }

/** Opens the same world and services as the web process does, for one piece of work, and closes them. */
export async function withServices<T>(
  config: Config,
  { log, version }: World,
  work: (services: Services, origin: Origin) => Promise<T>,
): Promise<T> {
  await prepareDatabase(config, { log })
  const world = await openWorld(config, { log, clock: systemClock })
  const services = createServices(config, world)
  const origin = { ip: 'command line', userAgent: `gatehouse ${version}`, requestId: randomUUID() }
  // A pending wait does not keep Node running, but a command must not end before its answer.
  const untilDone = setInterval(() => {}, MINUTE_MS)
  try {
    return await work(services, origin)
  } finally {
    clearInterval(untilDone)
    await services.close()
    await world.close()
  }
}
