import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import type { Origin } from './domain/audit-event/audit-event.ts'
import { systemClock } from './platform/clock.ts'
import type { Log } from './platform/log.ts'
import { createServices, openWorld, prepareDatabase, type Services } from './wiring.ts'

const CLOSE_AT_MOST_MS = 2_000

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
  try {
    return await work(services, origin)
  } finally {
    await closeInTime(async () => {
      await services.close()
      await world.close()
    }).catch((error) => log.warn({ err: error }, 'not everything could be closed'))
  }
}

/** A neighbour that does not answer is not waited for: what was to be done is done. */
async function closeInTime(close: () => Promise<void>): Promise<void> {
  const enough = new AbortController()
  const tooLate = sleep(CLOSE_AT_MOST_MS, undefined, { signal: enough.signal }).catch(() => {})
  await Promise.race([close().finally(() => enough.abort()), tooLate])
}
