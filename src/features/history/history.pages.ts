import { Router } from 'express'
import { readForm } from '../../http/form.ts'
import { membersOnly, readMember } from '../../http/guards.ts'
import { historyQuery } from './history.form.ts'
import type { HistoryService } from './history.service.ts'
import { toHistoryPage } from './history-page.ts'

export function createHistoryPages({ history }: { history: HistoryService }) {
  const router = Router()

  router.get('/account/history', membersOnly, async (req, res) => {
    const read = readForm(historyQuery, req.query)
    if (!read.ok) return res.redirect(303, '/account/history')

    const { after, per_page: most } = read.data
    const page = toHistoryPage(await history.list(readMember(req).user, { after, most }), most)
    res.set('cache-control', 'no-store').render('pages/history', { ...page, isNewest: after === null })
  })

  return router
}
