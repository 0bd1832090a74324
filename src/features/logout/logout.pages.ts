import { Router } from 'express'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { mayBeSignedIn } from '../../http/guards.ts'
import type { HttpSessions } from '../../http/session.ts'

type Dependencies = { sessions: HttpSessions; cookies: Cookies }

export function createLogoutPages({ sessions, cookies }: Dependencies) {
  const router = Router()

  router.get('/logout', (req, res) => {
    if (!mayBeSignedIn(req)) return res.redirect(303, '/login')
    res.render('pages/logout')
  })

  router.post('/logout', async (req, res) => {
    await sessions.signOut(req, res)
    writeFlash(cookies, res, { tone: 'success', text: 'You’re signed out.' })
    res.set('clear-site-data', '"cache", "storage"').redirect(303, '/login')
  })

  return router
}
