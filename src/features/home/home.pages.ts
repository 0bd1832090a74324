import { Router } from 'express'
import { mayBeSignedIn } from '../../http/guards.ts'

export function createHomePages() {
  const router = Router()

  router.get('/', (req, res) => {
    res.redirect(303, mayBeSignedIn(req) ? '/account' : '/login')
  })

  return router
}
