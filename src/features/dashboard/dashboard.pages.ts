import { Router } from 'express'
import { readClientAddress } from '../../http/client-address.ts'
import { adminsOnly } from '../../http/guards.ts'
import type { DashboardService } from './dashboard.service.ts'
import { toOverview } from './overview.ts'

export function createDashboardPages({ dashboard }: { dashboard: DashboardService }) {
  const router = Router()

  router.get('/admin', adminsOnly, async (req, res) => {
    const status = await dashboard.read(readClientAddress(req))
    res.set('cache-control', 'no-store').render('pages/dashboard', toOverview(status))
  })

  return router
}
