import { Router } from 'express'
import { readBody } from '../../http/form.ts'
import { readMember, signedInOnly, withScope } from '../../http/guards.ts'
import { historyQuery } from './history.form.ts'
import type { HistoryService } from './history.service.ts'
import { toHistoryPage } from './history-page.ts'

export function createHistoryApi({ history }: { history: HistoryService }) {
  const router = Router()

  router.get('/auth/history', signedInOnly, withScope('account:read'), async (req, res) => {
    const { after, per_page: most } = readBody(historyQuery, req.query)
    res.json(toHistoryPage(await history.list(readMember(req).user, { after, most }), most))
  })

  return router
}
