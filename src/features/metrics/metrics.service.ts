import type { FiguresService } from '../../domain/figures.service.ts'
import type { Metrics, Standing } from '../../platform/metrics.ts'

export type MetricsService = ReturnType<typeof createMetricsService>
type Dependencies = {
  metrics: Metrics
  figures: FiguresService
  health: { check(): Promise<{ checks: Record<string, string> }> }
  readHashing: () => Standing['hashing']
  readUnconfirmed: () => Standing['unconfirmed']
}

/** What Prometheus reads. A figure that cannot be read is left out; the others are there. */
export function createMetricsService({ metrics, figures, health, ...read }: Dependencies) {
  async function readStanding(): Promise<Standing> {
    const [{ checks }, activeSessions, emails] = await Promise.all([
      health.check(),
      figures.countActiveSessions(),
      figures.readEmailBacklog(),
    ])
    return {
      activeSessions,
      emails,
      hashing: read.readHashing(),
      isSqlUp: checks.sql === 'ok',
      isRedisUp: checks.redis ? checks.redis === 'ok' : null,
      unconfirmed: read.readUnconfirmed(),
    }
  }

  return {
    contentType: metrics.contentType,

    write: async (): Promise<string> => metrics.write(await readStanding()),

    /** For merging with those of other processes. */
    read: async () => metrics.read(await readStanding()),
  }
}
