import { Router } from 'express'
import { leaversOnly, signedInOnly } from '../../http/guards.ts'
import type { HttpSessions } from '../../http/session.ts'

export function createLogoutApi({ sessions }: { sessions: HttpSessions }) {
  const router = Router()

  router.post('/auth/logout', leaversOnly, async (req, res) => {
    await sessions.signOut(req, res)
    res.status(204).end()
  })

  router.post('/auth/logout-all', signedInOnly, async (req, res) => {
    await sessions.signOutEverywhere(req, res)
    res.status(204).end()
  })

  return router
}
