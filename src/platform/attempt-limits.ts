import ipaddr from 'ipaddr.js'
import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from './database.ts'
import type { RedisLink } from './redis.ts'

export type AttemptLimits = ReturnType<typeof createAttemptLimits>
/**
 * So many attempts in so many seconds. `isForgiven`: what succeeds takes its own attempt back. `isExact`: counted in SQL only,
 * where an outage of Redis between two attempts does not begin a second count.
 */
export type Rule = {
  name: string
  points: number
  durationSeconds: number
  isForgiven?: boolean
  isExact?: boolean
}
/** The counter that an attempt is added to, and its rule. */
export type Claim = { rule: Rule; key: string }
/** Null: the attempt may be made, and `release` takes it back where it is forgiven. Other people's attempts stay counted. */
export type Reservation = { waitSeconds: number } | { waitSeconds: null; release(): Promise<void> }

type Scripts = {
  ghCount(count: number, ...keysAndRules: (string | number)[]): Promise<number>
  ghForgive(count: number, ...keys: string[]): Promise<number>
}

/** One after the other, up to the first that is full; returns the milliseconds until it no longer is. */
const COUNT = `
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2*i-1]) then
    return math.max(redis.call('PTTL', key), 1)
  end
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[2*i]) end
end
return 0`

/** Never below zero: a counter that has expired meanwhile would become a credit. */
const FORGIVE = `
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') > 0 then redis.call('DECR', key) end
end
return 0`

/**
 * Limits counted atomically in Redis, or in SQL where there is no Redis. An attempt that Redis does not answer in time is counted
 * in SQL too: no attempt is free, but whoever guesses while Redis fails has two counts, and so up to twice the points.
 */
export function createAttemptLimits({ redis, database }: { redis: RedisLink | null; database: Database }) {
  redis?.client.defineCommand('ghCount', { lua: COUNT })
  redis?.client.defineCommand('ghForgive', { lua: FORGIVE })
  const limiters = new Map<string, RateLimiterPrisma>()

  function toLimiter({ name, points, durationSeconds }: Rule): RateLimiterPrisma {
    const limiter =
      limiters.get(name) ??
      new RateLimiterPrisma({
        keyPrefix: name,
        points,
        duration: durationSeconds,
        storeClient: database,
        tableName: 'attemptCount',
        clearExpiredByTimeout: false,
      })
    limiters.set(name, limiter)
    return limiter
  }

  async function countInSql(claims: Claim[]): Promise<number | null> {
    for (const { rule, key } of claims) {
      const waitSeconds = await consume(toLimiter(rule), key)
      if (waitSeconds !== null) return waitSeconds
    }
    return null
  }

  /** Like FORGIVE, never below zero. */
  const forgiveInSql = (claims: Claim[]) =>
    database.attemptCount.updateMany({
      where: { key: { in: claims.map(toSqlKey) }, points: { gt: 0 } },
      data: { points: { decrement: 1 } },
    })

  const toSqlKey = ({ rule, key }: Claim) => toLimiter(rule).getKey(key)

  function runScript<T>(redisLink: RedisLink, script: (scripts: Scripts) => Promise<T>) {
    return redisLink.run((client) => script(client as unknown as Scripts))
  }

  async function countInRedis(redisLink: RedisLink, claims: Claim[]) {
    const rules = claims.flatMap(({ rule }) => [rule.points, rule.durationSeconds * 1000])
    return runScript(redisLink, (scripts) =>
      scripts.ghCount(claims.length, ...claims.map(toRedisKey), ...rules),
    )
  }

  const forgiveInRedis = (redisLink: RedisLink, claims: Claim[]) =>
    runScript(redisLink, (scripts) => scripts.ghForgive(claims.length, ...claims.map(toRedisKey)))

  return {
    toAddressKey,

    /** Counts one attempt before it is made, in one round trip: under each claim, until one says how long to wait. */
    async reserve(claims: Claim[]): Promise<Reservation> {
      const forgiven = claims.filter(({ rule }) => rule.isForgiven)
      const isExact = claims.some(({ rule }) => rule.isExact)
      const counted = redis && !isExact && (await countInRedis(redis, claims))
      if (!counted) return toReservation(await countInSql(claims), () => forgiveInSql(forgiven))
      const waitSeconds = counted.answer > 0 ? toSeconds(counted.answer) : null
      return toReservation(waitSeconds, () => forgiveInRedis(redis, forgiven))
    },
  }
}

/** All counters are in one slot of a Redis Cluster. */
function toRedisKey({ rule, key }: Claim): string {
  return `gh:{limit}:${rule.name}:${key}`
}

function toReservation(waitSeconds: number | null, takeBack: () => Promise<unknown>): Reservation {
  if (waitSeconds !== null) return { waitSeconds }
  // What cannot be taken back expires soon anyway: no reason to fail a successful sign-in.
  const release = () =>
    takeBack().then(
      () => {},
      () => {},
    )
  return { waitSeconds, release }
}

/** Null when it may proceed, else the seconds to wait. */
async function consume(limiter: RateLimiterPrisma, key: string): Promise<number | null> {
  try {
    await limiter.consume(key)
    return null
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return toSeconds(refusal.msBeforeNext)
    throw refusal
  }
}

const toSeconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000))

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
