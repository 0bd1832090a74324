import { Router } from 'express'

export function createHomePages() {
  const router = Router()

  router.get('/', (req, res) => {
    res.redirect(303, req.caller.kind === 'member' ? '/account' : '/login')
  })

  return router
}
