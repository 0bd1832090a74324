import { type Request, type Response, Router } from 'express'
import { randomSecret } from '../../domain/secret.ts'
import { MINUTE_MS } from '../../domain/time.ts'
import type { AskForProof } from '../../http/ask-for-proof.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, readBody, withError } from '../../http/form.ts'
import { readMember, sessionsOnly } from '../../http/guards.ts'
import { addProof, keepAddress } from '../../http/registration.ts'
import { readOrigin } from '../../http/request.ts'
import { type Resume, resume, toResumeValues } from '../../http/resume.ts'
import { withReturnTo } from '../../http/return-to.ts'
import type { HttpSessions } from '../../http/session.ts'
import type { Throttle } from '../../http/throttle.ts'
import {
  cancelled,
  notices,
  proofForm,
  readCallback,
  readTrouble,
  startForm,
  unproved,
} from './oauth.form.ts'
import type { Finish, OAuthService } from './oauth.service.ts'

type Dependencies = {
  oauth: OAuthService
  sessions: HttpSessions
  throttle: Throttle
  cookies: Cookies
  askForProof: AskForProof
}
type Wish = Omit<Parameters<OAuthService['start']>[0], 'browser'>

const BROWSER_COOKIE = 'oauth'
const BROWSER_COOKIE_LASTS_MS = 10 * MINUTE_MS

export function createOAuthPages({ oauth, sessions, throttle, cookies, askForProof }: Dependencies) {
  const router = Router()

  router.get('/auth/oauth/google', (_req, res) => res.redirect(303, '/login'))

  router.post('/auth/oauth/google', formBody, async (req, res) => {
    await throttle.request(req)
    const { return_to: returnTo, remember } = readBody(startForm, req.body)
    if (!(await leave(req, res, { returnTo, remember, sessionId: null, typed: null })))
      showTrouble(res, 'unavailable', returnTo)
  })

  router.get('/auth/oauth/google/reauthenticate', (_req, res) => res.redirect(303, '/reauthenticate'))

  router.post('/auth/oauth/google/reauthenticate', formBody, sessionsOnly, async (req, res) => {
    await throttle.request(req)
    const { return_to: returnTo, typed } = readBody(proofForm, req.body)
    const sessionId = readMember(req).session.id
    if (!(await leave(req, res, { returnTo, remember: false, sessionId, typed })))
      await askAgain(req, res, { returnTo, typed, why: unproved.unavailable })
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

  async function finishProof(req: Request, res: Response, proof: Extract<Finish, { isProof: true }>) {
    if (proof.outcome !== 'proved') return askAgain(req, res, { ...proof, why: unproved[proof.outcome] })
    await sessions.renew(req, res, proof.user)
    resume(res, proof)
  }

  async function askAgain(req: Request, res: Response, { why, ...wish }: Resume & { why: string }) {
    await askForProof(req, res.status(422), withError(emptyForm(toResumeValues(wish)), '', why))
  }

  // A HEAD request uses nothing up.
  router.head('/auth/oauth/google/callback', (_req, res) => showTrouble(res, 'no-attempt'))

  router.get('/auth/oauth/google/callback', async (req, res) => {
    const callback = readCallback(req.query)
    const browser = cookies.read(req, BROWSER_COOKIE)
    if (!callback || !browser) return showTrouble(res, 'no-attempt')

    const member = req.caller.kind === 'member' && req.caller.secret !== null ? req.caller.member : null
    const arrival = await oauth.finish(callback, { browser, origin: readOrigin(req), member })
    res.set('cache-control', 'no-store')
    if (arrival.isProof) return finishProof(req, res, arrival)
    switch (arrival.outcome) {
      case 'signed-in':
        await sessions.signIn(req, res, { user: arrival.user, method: 'google', remember: arrival.remember })
        if (arrival.notice) writeFlash(cookies, res, notices[arrival.notice])
        return res.redirect(303, arrival.returnTo)
      case 'verification-sent':
        addProof(cookies, req, res, arrival.proof)
        keepAddress(cookies, res, arrival.email)
        return res.redirect(303, '/registered')
      case 'sign-in-first':
        return res.status(409).render('pages/confirm-google', {
          email: arrival.email,
          form: emptyForm({ return_to: arrival.returnTo }),
        })
      case 'cancelled':
        writeFlash(cookies, res, cancelled)
        return res.redirect(303, withReturnTo('/login', arrival.returnTo))
      case 'no-attempt':
        return showTrouble(res, 'no-attempt')
      default:
        return showTrouble(res, arrival.outcome, arrival.returnTo)
    }
  })

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

function showTrouble(res: Response, which: Parameters<typeof readTrouble>[0], returnTo?: string) {
  const { status, ...model } = readTrouble(which, returnTo)
  res.status(status).set('cache-control', 'no-store').render('pages/trouble', model)
}
