import { Router } from 'express'
import { toReadable } from '../../domain/time.ts'
import type { DeletionService } from '../../domain/user/deletion.service.ts'
import { PortalError } from '../../errors.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { freshMembersOnly, membersOnly, readMember } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'

type Dependencies = { deletions: DeletionService; throttle: Throttle; cookies: Cookies }

const lastAdmin =
  'You’re the only administrator. Make somebody else an administrator first, then you can delete your account.'

export function createDeletionPages({ deletions, throttle, cookies }: Dependencies) {
  const router = Router()

  router.get('/account/data/delete', membersOnly, (_req, res) => {
    res.set('cache-control', 'no-store').render('pages/delete-account')
  })

  router.post('/account/data/delete', formBody, freshMembersOnly, async (req, res) => {
    await throttle.request(req)
    const request = await deletions.request(readMember(req), readOrigin(req))
    if (request.outcome === 'ended') throw new PortalError('session_ended')
    if (request.outcome === 'last-admin') {
      writeFlash(cookies, res, { tone: 'warning', text: lastAdmin })
      return res.redirect(303, '/account/data')
    }
    const text = `You’re signed out, and your account will be deleted on ${toReadable(request.at)}. To keep it, sign in before then.`
    writeFlash(cookies, res, { tone: 'info', text })
    cookies.clear(res, 'session')
    res.set('clear-site-data', '"cache", "storage"').redirect(303, '/login')
  })

  router.post('/account/data/keep', formBody, membersOnly, async (req, res) => {
    await throttle.request(req)
    const isKept = await deletions.cancel(readMember(req), readOrigin(req))
    if (!isKept) throw new PortalError('session_ended')
    writeFlash(cookies, res, { tone: 'success', text: 'Your account stays.' })
    res.redirect(303, '/account')
  })
  // Whoever opens the address of the button sees the page that it is on.
  router.get('/account/data/keep', (_req, res) => res.redirect(303, '/account'))

  return router
}
