import { createFiguresService } from '../domain/figures.service.ts'
import { createSignInHoursService } from '../domain/sign-in-hour/sign-in-hours.service.ts'
import { createDashboardService } from '../features/dashboard/dashboard.service.ts'
import { createHealthService } from '../features/health/health.service.ts'
import { createMetricsService } from '../features/metrics/metrics.service.ts'
import type { Ground } from './ground.ts'
import type { SessionArea } from './sessions.ts'
import type { TokenArea } from './tokens.ts'

export type WatchArea = ReturnType<typeof wireWatch>

/** What those see who watch the portal: people on the dashboard, Prometheus, and whoever sends it traffic. */
export function wireWatch(
  { config, world, repositories }: Ground,
  { sessions, accessTokens, signingKeys }: SessionArea & TokenArea,
) {
  const { clock, sql, redis, hasher, metrics, askOthers } = world
  const health = createHealthService({
    pingSql: sql.ping,
    isRedisUp: redis?.isUp ?? null,
    staleIfSqlDown: config.session.staleIfSqlDown,
    clock,
  })
  const signInHours = createSignInHoursService({ repositories })
  const figures = createFiguresService({ repositories, signInHours, clock })
  const parts = { figures, health, readHashing: hasher.readLoad }
  const { readUnconfirmed } = sessions
  return {
    health,
    signInHours,
    figures,
    metrics: metrics && createMetricsService({ ...parts, metrics, askOthers, readUnconfirmed }),
    dashboard: createDashboardService({ ...parts, accessTokens, signingKeys, settings: config, clock }),
  }
}
