import { Router } from 'express'
import type { HealthService } from './health.service.ts'

export function createHealthApi({ health }: { health: HealthService }) {
  const router = Router()

  router.get('/health/live', (_req, res) => {
    res.set('cache-control', 'no-store').json({ status: 'ok', checks: {} })
  })

  router.get(['/health', '/health/ready'], async (_req, res) => {
    const answer = await health.check()
    res
      .status(answer.status === 'down' ? 503 : 200)
      .set('cache-control', 'no-store')
      .json(answer)
  })

  return router
}
