import { Router } from 'express'
import { mayBeSignedIn, readMember } from '../../http/guards.ts'
import { readPastEnd } from '../../http/past-end.ts'

export function createHomePages() {
  const router = Router()

  router.get('/', (req, res) => {
    if (readPastEnd(req)) readMember(req)
    res.redirect(303, mayBeSignedIn(req) ? '/account' : '/login')
  })

  return router
}
