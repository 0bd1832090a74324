import { Router } from 'express'
import { KEPT_BRIEFLY } from './docs.api.ts'
import { toReference } from './reference.ts'
import type { Document } from './schemas.ts'

export function createDocsPages({ document }: { document: Document }) {
  const router = Router()
  const reference = toReference(document)
  // Made once: it has a thousand small parts, and is the same for everybody.
  let page: string | null = null

  router.get('/docs', (req, res, next) => {
    res.set('cache-control', KEPT_BRIEFLY)
    if (page) return res.send(page)
    res.render('pages/docs', { reference }, (failure: Error | null, html: string) => {
      if (failure) return next(failure)
      if (req.app.enabled('view cache')) page = html
      res.send(html)
    })
  })

  return router
}
