import { type Response, Router } from 'express'
import { randomSecret } from '../../domain/secret.ts'
import { MINUTE_MS } from '../../domain/time.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, readBody } from '../../http/form.ts'
import { addProof } from '../../http/registration-proof.ts'
import { readOrigin, readQuery } from '../../http/request.ts'
import type { HttpSessions } from '../../http/session.ts'
import type { Throttle } from '../../http/throttle.ts'
import { notices, startForm, troubles } from './oauth.form.ts'
import type { OAuthService } from './oauth.service.ts'
import { ProviderFailure } from './provider.ts'

type Dependencies = { oauth: OAuthService; sessions: HttpSessions; throttle: Throttle; cookies: Cookies }

const BROWSER_COOKIE = 'oauth'
const BROWSER_COOKIE_LASTS_MS = 10 * MINUTE_MS
const LONGEST_PARAMETER = 2_048

export function createOAuthPages({ oauth, sessions, throttle, cookies }: Dependencies) {
  const router = Router()

  router.get('/auth/oauth/google', (_req, res) => res.redirect(303, '/login'))

  router.post('/auth/oauth/google', formBody, async (req, res) => {
    await throttle.request(req)
    const { return_to, remember } = readBody(startForm, req.body)
    const browser = cookies.read(req, BROWSER_COOKIE) ?? randomSecret()

    const url = await oauth.start({ browser, returnTo: return_to, remember }).catch(nullIfUnavailable)
    if (!url) return showTrouble(res, 'unavailable')

    cookies.write(res, BROWSER_COOKIE, browser, { maxAgeMs: BROWSER_COOKIE_LASTS_MS })
    // Not a redirect: form-action 'self' forbids a form to end up on another site, even by way of ours.
    res
      .set('refresh', `0; url=${url}`)
      .set('cache-control', 'no-store')
      .render('pages/trouble', {
        heading: 'Taking you to Google',
        text: 'If nothing happens, use the button.',
        action: { href: url.href, label: 'Continue to Google' },
      })
  })

  router.get('/auth/oauth/google/callback', async (req, res) => {
    res.set('cache-control', 'no-store')
    const [state, code, browser] = [
      readQuery(req, 'state'),
      readQuery(req, 'code'),
      cookies.read(req, BROWSER_COOKIE),
    ]
    const isTooLong = (code?.length ?? 0) > LONGEST_PARAMETER || (state?.length ?? 0) > LONGEST_PARAMETER
    if (!state || !browser || isTooLong) return showTrouble(res, 'no-attempt')

    const isCancelled = req.query.error !== undefined || code === null
    const arrival = await oauth.finish({ state, code: isCancelled ? null : code, browser }, readOrigin(req))
    switch (arrival.outcome) {
      case 'signed-in':
        await sessions.signIn(req, res, { user: arrival.user, method: 'google', remember: arrival.remember })
        if (arrival.notice) writeFlash(cookies, res, notices[arrival.notice])
        return res.redirect(303, arrival.returnTo)
      case 'verification-sent':
        if (arrival.proof) addProof(cookies, req, res, arrival.proof)
        cookies.write(res, 'registered', arrival.email)
        return res.redirect(303, '/registered')
      case 'sign-in-first':
        return res.status(409).render('pages/confirm-google', {
          email: arrival.email,
          form: emptyForm({ return_to: arrival.returnTo }),
        })
      default:
        showTrouble(res, arrival.outcome)
    }
  })

  return router
}

function showTrouble(res: Response, which: keyof typeof troubles) {
  const { status, ...model } = troubles[which]
  res.status(status).set('cache-control', 'no-store').render('pages/trouble', model)
}

function nullIfUnavailable(error: unknown): null {
  if (error instanceof ProviderFailure) return null
  throw error
}
