import { Router } from 'express'
import { readClientAddress } from '../../http/client-address.ts'
import { adminsOnly, withScope } from '../../http/guards.ts'
import type { DashboardService } from './dashboard.service.ts'

export function createDashboardApi({ dashboard }: { dashboard: DashboardService }) {
  const router = Router()

  router.get('/api/v1/admin/status', adminsOnly, withScope('users:read'), async (req, res) => {
    res.json(await dashboard.read(readClientAddress(req)))
  })

  return router
}
