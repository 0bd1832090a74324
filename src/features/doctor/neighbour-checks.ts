import { type Check, type Finding, ok, problem, toReason, warning } from './finding.ts'

/** How far a clock is ahead of ours; null where it is ours. */
export type Clock = { aheadMs: number | null }
type Database = { probe(): Promise<Clock>; listPending(): Promise<string[]> }
type Redis = { probe(): Promise<Clock & { evicts: string | null }> }

const SKEW_WARNS_MS = 2_000

export function createDatabaseCheck({ probe, listPending }: Database): Check {
  return async () => {
    try {
      const pending = await listPending()
      if (pending.length > 0)
        return [
          warning(
            'database',
            `it misses ${pending.length} migrations.`,
            'Run "gatehouse migrate", or start the portal.',
          ),
        ]
      const { aheadMs } = await probe()
      return [ok('database', 'it answers, and is up to date.'), ...checkClock('the database', aheadMs)]
    } catch (error) {
      return [
        problem(
          'database',
          `it cannot be used: ${toReason(error)}.`,
          'Check DATABASE_URL, and that the server runs.',
        ),
      ]
    }
  }
}

export function createRedisCheck(redis: Redis | null): Check {
  return async () => {
    if (!redis) return [ok('Redis', 'REDIS_URL is not set: the database answers every check.')]
    try {
      const { aheadMs, evicts } = await redis.probe()
      const policy = evicts
        ? warning(
            'Redis',
            `it answers, but may drop what it should keep (maxmemory-policy ${evicts}).`,
            'Set maxmemory-policy to noeviction.',
          )
        : ok('Redis', 'it answers.')
      return [policy, ...checkClock('Redis', aheadMs)]
    } catch (error) {
      return [
        problem(
          'Redis',
          `it does not answer: ${toReason(error)}.`,
          'Check REDIS_URL, and that the server runs.',
        ),
      ]
    }
  }
}

/** `verify` is null where this portal sends no email, or cannot try it without sending one. */
export function createEmailCheck({
  verify,
  way,
}: {
  verify: (() => Promise<unknown>) | null
  way: string
}): Check {
  return async () => {
    if (!verify) return [ok('email', way)]
    try {
      await verify()
      return [ok('email', way)]
    } catch (error) {
      return [
        problem(
          'email',
          `the mail server refuses: ${toReason(error)}.`,
          'Check SMTP_URL: the server, the port, the name and the password.',
        ),
      ]
    }
  }
}

export function createGoogleCheck(fetchDiscovery: (() => Promise<unknown>) | null): Check {
  return async () => {
    if (!fetchDiscovery) return [ok('Google', 'signing in with Google is off.')]
    try {
      await fetchDiscovery()
      return [ok('Google', 'its discovery answers.')]
    } catch (error) {
      return [
        problem(
          'Google',
          `its discovery cannot be read: ${toReason(error)}.`,
          'Check GOOGLE_ISSUER, and that this machine may connect to it.',
        ),
      ]
    }
  }
}

function checkClock(whose: string, aheadMs: number | null): Finding[] {
  if (aheadMs === null) return []
  const says = `that of ${whose} is ${Math.abs(aheadMs)} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine’s.`
  if (Math.abs(aheadMs) <= SKEW_WARNS_MS) return [ok('clocks', says)]
  return [warning('clocks', says, 'Let NTP set the clocks of both machines.')]
}
