export type HealthService = ReturnType<typeof createHealthService>
export type Health = {
  status: 'ok' | 'degraded' | 'down'
  checks: Record<string, 'ok' | 'down' | 'draining'>
}

type Dependencies = {
  pingSql: () => Promise<unknown>
  /** Null where there is no Redis. */
  isRedisUp: (() => boolean) | null
}

/** Without SQL the portal is down; without Redis it is slower, and answers. */
export function createHealthService({ pingSql, isRedisUp }: Dependencies) {
  let isDraining = false

  async function isSqlUp() {
    return pingSql().then(
      () => true,
      () => false,
    )
  }

  return {
    /** From now on nothing new should be sent here. */
    drain() {
      isDraining = true
    },
    isDraining: () => isDraining,

    async check(): Promise<Health> {
      const checks: Health['checks'] = { sql: (await isSqlUp()) ? 'ok' : 'down' }
      if (isRedisUp) checks.redis = isRedisUp() ? 'ok' : 'down'
      if (isDraining) checks.process = 'draining'
      const isDown = checks.sql === 'down' || isDraining
      return { status: isDown ? 'down' : checks.redis === 'down' ? 'degraded' : 'ok', checks }
    },
  }
}
