import { Router } from 'express'
import type { IdentityService } from '../../domain/identity/identity.service.ts'
import { PortalError } from '../../errors.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { readForm } from '../../http/form.ts'
import { freshMembersOnly, membersOnly, readMember } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { toLastWayIn, toNews, unlinkForm } from './identities.form.ts'
import { toPublicProvider } from './identity-answer.ts'

type Dependencies = { identities: IdentityService; throttle: Throttle; cookies: Cookies }

const PAGE = '/account/identities'

export function createIdentitiesPages({ identities, throttle, cookies }: Dependencies) {
  const router = Router()

  router.get('/account/identities', membersOnly, async (req, res) => {
    const list = await identities.list(readMember(req).user)
    const providers = list.map((each) => toPublicProvider(each, PAGE))
    res.set('cache-control', 'no-store').render('pages/identities', { providers })
  })

  router.post('/account/identities/unlink', formBody, freshMembersOnly, async (req, res) => {
    const member = readMember(req)
    await throttle.change(member.user)
    const read = readForm(unlinkForm, req.body)
    const provider = read.ok ? read.data.provider : ''
    const unlinking = await identities.unlink(member, provider, readOrigin(req))
    if (unlinking === 'ended') throw new PortalError('session_ended')
    if (unlinking === 'last-way-in') return res.status(409).render('pages/trouble', toLastWayIn(provider))
    writeFlash(cookies, res, toNews(provider)[unlinking])
    res.redirect(303, PAGE)
  })
  // Whoever opens the address of the button sees the page that it is on.
  router.get('/account/identities/unlink', (_req, res) => res.redirect(303, PAGE))

  return router
}
