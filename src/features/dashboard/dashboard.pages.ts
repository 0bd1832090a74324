import { Router } from 'express'
import { adminsOnly } from '../../http/guards.ts'

export function createDashboardPages() {
  const router = Router()

  router.get('/admin', adminsOnly, (_req, res) => {
    res.set('cache-control', 'no-store').render('pages/dashboard')
  })

  return router
}
