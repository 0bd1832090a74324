import type { FiguresService } from '../../domain/figures.service.ts'
import type { AskOthers, Metrics, Standing } from '../../platform/metrics.ts'

export type MetricsService = ReturnType<typeof createMetricsService>
type Dependencies = {
  metrics: Metrics
  /** Where several processes share the port, whichever is asked speaks for all. */
  askOthers?: AskOthers
  figures: FiguresService
  health: { check(): Promise<{ checks: Record<string, string> }> }
  readHashing: () => Standing['hashing']
  readUnconfirmed: () => Standing['unconfirmed']
}

/** What Prometheus reads. A figure that cannot be read is left out; the others are there. */
export function createMetricsService({ metrics, askOthers, figures, health, ...read }: Dependencies) {
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

    async write(): Promise<string> {
      const standing = await readStanding()
      if (!askOthers) return metrics.write(standing)
      const own = await metrics.read(standing)
      return metrics.merge([own, ...(await askOthers(own))])
    },

    /** For merging with those of other processes. */
    read: async () => metrics.read(await readStanding()),
  }
}
