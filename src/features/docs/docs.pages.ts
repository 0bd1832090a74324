import { Router } from 'express'
import { KEPT_BRIEFLY } from './docs.api.ts'
import { toReference } from './reference.ts'
import type { Document } from './schemas.ts'

export function createDocsPages({ document }: { document: Document }) {
  const router = Router()
  const reference = toReference(document)

  router.get('/docs', (_req, res) => {
    res.set('cache-control', KEPT_BRIEFLY).render('pages/docs', { reference })
  })

  return router
}
