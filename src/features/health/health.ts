import { z } from 'zod'

export const health = z
  .object({
    status: z
      .enum(['ok', 'degraded', 'down'])
      .meta({ description: '`degraded`: slower, and answering. `down`: send nobody here.' }),
    checks: z
      .record(z.string(), z.enum(['ok', 'down', 'draining']))
      .meta({ description: 'By the name of what was asked.', example: { sql: 'ok', redis: 'ok' } }),
  })
  .meta({ id: 'Health', description: 'How the portal is.' })

export type Health = z.output<typeof health>
