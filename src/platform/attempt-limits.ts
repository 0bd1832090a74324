import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterPrisma, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from './database.ts'
import type { RedisLink } from './redis.ts'

export type AttemptLimit = ReturnType<ReturnType<typeof createAttemptLimits>>
type Rule = { name: string; points: number; durationSeconds: number }

/** Limits counted atomically in Redis (in this process while Redis is away) or, where there is none, in SQL. */
export function createAttemptLimits({ redis, database }: { redis: RedisLink | null; database: Database }) {
  return function createAttemptLimit({ name, points, durationSeconds }: Rule) {
    const rule = { keyPrefix: name, points, duration: durationSeconds }
    const limiter = redis
      ? new RateLimiterRedis({
          ...rule,
          storeClient: redis.client,
          keyPrefix: `gh:limit:${name}`,
          rejectIfRedisNotReady: true,
          insuranceLimiter: new RateLimiterMemory(rule),
        })
      : new RateLimiterPrisma({ ...rule, storeClient: database, tableName: 'attemptCount' })

    return {
      /** Counts one attempt before it is made. Null when it may go on, else the seconds to wait. */
      async reserve(key: string): Promise<number | null> {
        try {
          await limiter.consume(key)
          return null
        } catch (refusal) {
          if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
          throw refusal
        }
      },

      /** Takes one reservation back. Other people's attempts stay counted. */
      async release(key: string): Promise<void> {
        await limiter.reward(key)
      },
    }
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
