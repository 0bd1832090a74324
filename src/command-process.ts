import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import type { Origin } from './domain/audit-event/audit-event.ts'
import { MINUTE_MS } from './domain/time.ts'
import { systemClock } from './platform/clock.ts'
import { openDataDir } from './platform/data-dir.ts'
import type { Log } from './platform/log.ts'
import type { RedisLink } from './platform/redis.ts'
import { type ReadSettings, wireDoctor } from './wiring/doctor.ts'
import { createMachine, type Machine } from './wiring/machine.ts'
import { openWorld, prepareDatabase } from './wiring/world.ts'
import { createServices, type Services } from './wiring.ts'

const REDIS_ANSWERS_WITHIN_MS = 1_000

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
  const origin = toOrigin(version)
  // A pending wait does not keep Node running, but a command must not end before its answer.
  const untilDone = setInterval(() => {}, MINUTE_MS)
  try {
    await untilKnown(world.redis)
    return await work(services, origin)
  } finally {
    clearInterval(untilDone)
    await services.close()
    await world.close()
  }
}

/** While Redis is being connected it counts as away, and each end that it does not confirm takes a lease. */
async function untilKnown(redis: RedisLink | null): Promise<void> {
  if (!redis || redis.isUp()) return
  const { events } = redis
  await Promise.race([once(events, 'found'), once(events, 'lost'), sleep(REDIS_ANSWERS_WITHIN_MS)])
}

/** For work that must not migrate the database first, or cannot. */
export async function withMachine<T>(
  config: Config,
  about: World,
  work: (machine: Machine, origin: Origin) => Promise<T>,
): Promise<T> {
  const startAnew = () => withServices(config, about, startSessionsAnew)
  return work(createMachine(config, { startAnew }), toOrigin(about.version))
}

/** What can be examined with the settings as they are, also when they are wrong. */
export function openDoctor(read: ReadSettings, about: World) {
  return wireDoctor(read, (config, work) =>
    withServices(openDataDir(config), about, ({ contentChecks }) => work(contentChecks)),
  )
}

/** After a restore: a key that was void, because somebody knew it, may be back. */
async function startSessionsAnew({ everybodyOut, signingKeys }: Services, origin: Origin) {
  await signingKeys.rotate({ immediately: true, origin })
  return everybodyOut(origin)
}

export function toOrigin(version: string): Origin {
  return { ip: 'command line', userAgent: `gatehouse ${version}`, requestId: randomUUID() }
}
