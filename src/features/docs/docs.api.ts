import { Router } from 'express'
import type { Document } from './schemas.ts'

/** The same for everybody, so it may be kept; a change of the portal is seen within a minute. */
export const KEPT_BRIEFLY = 'public, max-age=60'

export function createDocsApi({ readDocument }: { readDocument: () => Promise<Document> }) {
  const router = Router()

  router.get('/openapi.json', async (_req, res) => {
    const text = JSON.stringify(await readDocument(), null, 2)
    res.set('cache-control', KEPT_BRIEFLY).type('json').send(text)
  })

  return router
}
