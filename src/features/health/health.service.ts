import { SECOND_MS } from '../../domain/time.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Health } from './health.ts'

export type HealthService = ReturnType<typeof createHealthService>

type Dependencies = {
  pingSql: () => Promise<unknown>
  clock: Clock
  /** Null where there is no Redis. */
  isRedisUp: (() => boolean) | null
  staleIfSqlDown: boolean
}

const ANSWER_LASTS_MS = SECOND_MS

/** Without Redis the portal is slower but works; without SQL it still answers those whom Redis remembers. */
export function createHealthService({ pingSql, isRedisUp, staleIfSqlDown, clock }: Dependencies) {
  let isDraining = false
  let isRetired = false
  let asked: { atMs: number; isUp: Promise<boolean> } | null = null

  /** Anybody may ask as often as they like: SQL is asked once a second. */
  function isSqlUp(): Promise<boolean> {
    const atMs = clock.monotonicMs()
    if (!asked || atMs - asked.atMs >= ANSWER_LASTS_MS) asked = { atMs, isUp: ping() }
    return asked.isUp
  }

  function ping(): Promise<boolean> {
    return pingSql().then(
      () => true,
      () => false,
    )
  }

  return {
    /** From now on no new requests should be sent here. */
    drain() {
      isDraining = true
    },
    /** Others answer new requests; connections close with their next answer. */
    retire() {
      isRetired = true
    },
    isLeaving: () => isDraining || isRetired,

    async check(): Promise<Health> {
      const checks: Health['checks'] = { sql: (await isSqlUp()) ? 'ok' : 'down' }
      if (isRedisUp) checks.redis = isRedisUp() ? 'ok' : 'down'
      if (isDraining) checks.process = 'draining'
      const isWhole = checks.sql === 'ok' && checks.redis !== 'down'
      const answers = checks.sql === 'ok' || (staleIfSqlDown && checks.redis === 'ok')
      return { status: isDraining || !answers ? 'down' : isWhole ? 'ok' : 'degraded', checks }
    },
  }
}
