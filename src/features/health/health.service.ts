import type { Health } from './health.ts'

export type HealthService = ReturnType<typeof createHealthService>

type Dependencies = {
  pingSql: () => Promise<unknown>
  /** Null where there is no Redis. */
  isRedisUp: (() => boolean) | null
  staleIfSqlDown: boolean
}

/** Without Redis the portal is slower but works; without SQL it still answers those whom Redis remembers. */
export function createHealthService({ pingSql, isRedisUp, staleIfSqlDown }: Dependencies) {
  let isDraining = false

  async function isSqlUp() {
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
    isDraining: () => isDraining,

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
