import ipaddr from 'ipaddr.js'
import {
  RateLimiterPrisma,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterStoreAbstract,
} from 'rate-limiter-flexible'
import type { Database } from './database.ts'
import type { RedisLink } from './redis.ts'

export type AttemptLimit = ReturnType<ReturnType<typeof createAttemptLimits>>
/** Null: the attempt may be made, and `release` takes it back. Other people's attempts stay counted. */
export type Reservation = { waitSeconds: number } | { waitSeconds: null; release(): Promise<void> }
type Rule = { name: string; points: number; durationSeconds: number }

/** Limits counted atomically in Redis, or in SQL where there is no Redis or it is away: never skipped, never forgotten. */
export function createAttemptLimits({ redis, database }: { redis: RedisLink | null; database: Database }) {
  return function createAttemptLimit({ name, points, durationSeconds }: Rule) {
    const rule = { points, duration: durationSeconds }
    const inSql = new RateLimiterPrisma({
      ...rule,
      keyPrefix: name,
      storeClient: database,
      tableName: 'attemptCount',
      clearExpiredByTimeout: false,
    })
    const inRedis =
      redis && new RateLimiterRedis({ ...rule, keyPrefix: `gh:limit:${name}`, storeClient: redis.client })

    return {
      /** Counts one attempt before it is made. */
      async reserve(key: string): Promise<Reservation> {
        const counted = inRedis && (await redis.run(() => count(inRedis, key)))
        if (!counted) return toReservation(await count(inSql, key), () => inSql.reward(key))
        return toReservation(counted.answer, () => redis.run(() => inRedis.reward(key)))
      },
    }
  }
}

function toReservation(waitSeconds: number | null, takeBack: () => Promise<unknown>): Reservation {
  if (waitSeconds !== null) return { waitSeconds }
  // What could not be taken back is forgotten soon anyway: no reason to fail who has just signed in.
  const release = () =>
    takeBack().then(
      () => {},
      () => {},
    )
  return { waitSeconds, release }
}

/** Null when it may go on, else the seconds to wait. */
async function count(limiter: RateLimiterStoreAbstract, key: string): Promise<number | null> {
  try {
    await limiter.consume(key)
    return null
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
    throw refusal
  }
}

/** One key per client: IPv4 in one spelling, IPv6 by its /64, the smallest network that one customer gets. */
export function toAddressKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown'
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4') return address.toString()
  return (address as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')
}
