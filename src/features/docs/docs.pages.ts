import { Router } from 'express'
import { KEPT_BRIEFLY } from './docs.api.ts'
import type { Document } from './schemas.ts'

export function createDocsPages({ readDocument }: { readDocument: () => Promise<Document> }) {
  const router = Router()
  // Rendered once: it has a thousand small parts and is the same for everybody.
  let page: string | null = null

  router.get('/docs', async (req, res, next) => {
    res.set('cache-control', KEPT_BRIEFLY)
    if (page) return res.send(page)
    const { toReference } = await import('./reference.ts')
    const reference = toReference(await readDocument())
    res.render('pages/docs', { reference }, (failure: Error | null, html: string) => {
      if (failure) return next(failure)
      if (req.app.enabled('view cache')) page = html
      res.send(html)
    })
  })

  return router
}
