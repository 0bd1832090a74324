import { Router } from 'express'
import type { Document } from './schemas.ts'

/** The same for everybody, so it may be kept; a change of the portal is seen within a minute. */
export const KEPT_BRIEFLY = 'public, max-age=60'

export function createDocsApi({ document }: { document: Document }) {
  const router = Router()
  const text = JSON.stringify(document, null, 2)

  router.get('/openapi.json', (_req, res) => {
    res.set('cache-control', KEPT_BRIEFLY).type('json').send(text)
  })

  return router
}
