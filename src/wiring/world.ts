import { join } from 'node:path'
import type { Config } from '../config.ts'
import { CannotStart } from '../errors.ts'
import { createAfterwards } from '../platform/afterwards.ts'
import { createBreaker } from '../platform/breaker.ts'
import type { Clock } from '../platform/clock.ts'
import { openDatabase } from '../platform/database.ts'
import { createEncryption } from '../platform/encryption.ts'
import type { Log } from '../platform/log.ts'
import { type Mailer, openSmtpMailer } from '../platform/mailer.ts'
import type { AskOthers, Metrics } from '../platform/metrics.ts'
import { applyMigrations } from '../platform/migrations.ts'
import { openPasswordHasher } from '../platform/password-hasher.ts'
import { openPasswordStrength } from '../platform/password-strength.ts'
import { openPlaces } from '../platform/places.ts'
import { openRedis, type RedisLink } from '../platform/redis.ts'
import { openSesMailer } from '../platform/ses-mailer.ts'
import { openSpool } from '../platform/spool.ts'
import { noTally } from '../platform/tally.ts'

export type World = Awaited<ReturnType<typeof openWorld>>

/** Brings the database to the newest schema before it is used. Throws CannotStart. */
export async function prepareDatabase({ databaseUrl }: Config, { log }: { log: Log }) {
  const migrations = await applyMigrations(databaseUrl).catch((cause) => {
    throw new CannotStart('The database cannot be used', cause)
  })
  if (migrations.length > 0) log.info({ migrations }, 'the database was brought up to date')
}

type Given = { log: Log; clock: Clock; metrics?: Metrics | null; askOthers?: AskOthers }

/** Everything outside the process. Opened once, closed last. Throws CannotStart. */
export async function openWorld(config: Config, { log, clock, metrics = null, askOthers }: Given) {
  const { workers } = config
  const places = await openPlaces(config.geoipDatabase)
  const sql = await openDatabase({ url: config.databaseUrl, poolSize: shareOf(10, { workers, least: 3 }) })
  const sqlForChecks = await openDatabase({
    url: config.databaseUrl,
    poolSize: shareOf(4, { workers, least: 2 }),
  })
  const sqlBreaker = createBreaker(sqlForChecks.ping)
  sqlBreaker.events.on('open', () => log.warn('the database does not answer'))
  sqlBreaker.events.on('close', () => log.info('the database answers again'))
  const redis = config.redisUrl ? openLoggedRedis(config.redisUrl, log) : null
  const strength = openPasswordStrength()
  const hasher = openPasswordHasher({ ...config.argon2, workers })
  return {
    log,
    clock,
    metrics,
    askOthers,
    tally: metrics?.tally ?? noTally,
    afterwards: createAfterwards({ log }),
    sql,
    sqlForChecks,
    sqlBreaker,
    redis,
    strength,
    places,
    hasher,
    encryption: createEncryption(config.secretKeys),
    mailer: openMailer(config),
    spool: openSpool(join(config.dataDir, 'unconfirmed-sign-outs')),

    async close() {
      sqlBreaker.events.removeAllListeners()
      sqlBreaker.close()
      redis?.close()
      await Promise.all([sql.close(), sqlForChecks.close(), strength.close(), hasher.close()])
    },
  }
}

/** All workers of a machine use together about as much as one process alone. */
function shareOf(whole: number, { workers, least }: { workers: number; least: number }): number {
  return Math.max(least, Math.ceil(whole / workers))
}

/** Null where emails wait in the outbox, to be read in development, or where none is written. */
function openMailer({ smtpUrl: url, sesRegion: region, emailFrom: from }: Config): Mailer | null {
  if (region) return openSesMailer({ region, from })
  return url ? openSmtpMailer({ url, from }) : null
}

function openLoggedRedis(url: string, log: Log): RedisLink {
  const redis = openRedis(url)
  redis.events.on('lost', () => log.warn('Redis does not answer: sessions are read from the database'))
  redis.events.on('found', () => log.info('Redis answers'))
  return redis
}
