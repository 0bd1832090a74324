import { createHash, timingSafeEqual } from 'node:crypto'
import { type Request, Router } from 'express'
import { PortalError } from '../../errors.ts'
import type { MetricsService } from './metrics.service.ts'

type Dependencies = {
  metrics: Pick<MetricsService, 'contentType' | 'write'>
  /** Null where the port alone decides who may read. */
  token: string | null
}

export function createMetricsApi({ metrics, token }: Dependencies) {
  const router = Router()

  router.get('/metrics', async (req, res) => {
    if (token !== null && !bears(req, token)) throw new PortalError('authentication_required')
    const text = await metrics.write()
    res.set({ 'cache-control': 'no-store', 'content-type': metrics.contentType }).send(text)
  })

  return router
}

/** Takes the same time however much of it is right. */
function bears({ headers }: Request, token: string): boolean {
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
