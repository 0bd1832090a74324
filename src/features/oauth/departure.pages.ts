import { type Request, type Response, Router } from 'express'
import { randomSecret } from '../../domain/secret.ts'
import { MINUTE_MS } from '../../domain/time.ts'
import type { AskForProof } from '../../http/ask-for-proof.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { readBody } from '../../http/form.ts'
import { freshMembersOnly, readMember, sessionsOnly } from '../../http/guards.ts'
import { HOME } from '../../http/return-to.ts'
import type { Throttle } from '../../http/throttle.ts'
import { IDENTITIES, proofForm, startForm, toLinkTrouble, toTrouble, unproved } from './oauth.form.ts'
import type { OAuthService } from './oauth.service.ts'
import { askAgain, BROWSER_COOKIE, showTrouble } from './oauth-answers.pages.ts'

type Dependencies = { oauth: OAuthService; throttle: Throttle; cookies: Cookies; askForProof: AskForProof }
type Wish = Omit<Parameters<OAuthService['start']>[0], 'browser'>

const BROWSER_COOKIE_LASTS_MS = 10 * MINUTE_MS

/** On the way to Google: to sign in, to prove who one is, to link an account. */
export function createDeparturePages({ oauth, throttle, cookies, askForProof }: Dependencies) {
  const router = Router()

  router.get('/auth/oauth/google', (_req, res) => res.redirect(303, '/login'))

  router.post('/auth/oauth/google', formBody, async (req, res) => {
    await throttle.request(req)
    const { return_to: returnTo, remember, typed } = readBody(startForm, req.body)
    if (!(await leave(req, res, { purpose: 'sign-in', returnTo, remember, sessionId: null, typed })))
      showTrouble(res, toTrouble('unavailable', returnTo))
  })

  router.get('/auth/oauth/google/reauthenticate', (_req, res) => res.redirect(303, '/reauthenticate'))

  router.post('/auth/oauth/google/reauthenticate', formBody, sessionsOnly, async (req, res) => {
    await throttle.request(req)
    const { return_to: returnTo, typed } = readBody(proofForm, req.body)
    const sessionId = readMember(req).session.id
    if (!(await leave(req, res, { purpose: 'proof', returnTo, remember: false, sessionId, typed })))
      await askAgain(req, res, { askForProof, returnTo, typed, why: unproved.unavailable })
  })

  router.get('/auth/oauth/google/link', (_req, res) => res.redirect(303, IDENTITIES))

  router.post('/auth/oauth/google/link', formBody, freshMembersOnly, sessionsOnly, async (req, res) => {
    await throttle.request(req)
    const sessionId = readMember(req).session.id
    const wish = { purpose: 'link', returnTo: HOME, remember: false, sessionId, typed: null } as const
    if (!(await leave(req, res, wish))) showTrouble(res, toLinkTrouble({ outcome: 'unavailable' }))
  })

  /** False when Google does not answer. */
  async function leave(req: Request, res: Response, wish: Wish): Promise<boolean> {
    const browser = cookies.read(req, BROWSER_COOKIE) ?? randomSecret()
    const url = await oauth.start({ browser, ...wish })
    if (!url) return false
    cookies.write(res, BROWSER_COOKIE, browser, { maxAgeMs: BROWSER_COOKIE_LASTS_MS })
    leaveFor(res, url)
    return true
  }

  return router
}

/**
 * Not a redirect: form-action 'self' does not let a form end on another site, not even by redirect, and a provider may
 * redirect further, to a company's own sign-in page. A page that refreshes itself is a new navigation.
 */
function leaveFor(res: Response, { href }: URL) {
  res
    .set('refresh', `0; url=${href}`)
    .set('cache-control', 'no-store')
    .render('pages/trouble', {
      heading: 'Taking you to Google',
      text: 'If nothing happens, use the button.',
      action: { href, label: 'Continue to Google' },
    })
}
