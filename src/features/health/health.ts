import { z } from 'zod'

export const health = z
  .object({
    status: z
      .enum(['ok', 'degraded', 'down'])
      .meta({ description: '`degraded`: works, but slower. `down`: send no traffic here.' }),
    checks: z
      .record(z.string(), z.enum(['ok', 'down', 'draining']))
      .meta({ description: 'One entry for each thing checked.', example: { sql: 'ok', redis: 'ok' } }),
  })
  .meta({ id: 'Health', description: 'The portal’s health.' })

export type Health = z.output<typeof health>
