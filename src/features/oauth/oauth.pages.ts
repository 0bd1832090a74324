import { type Request, type Response, Router } from 'express'
import type { AskForProof } from '../../http/ask-for-proof.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm } from '../../http/form.ts'
import { keepOwn } from '../../http/owner.ts'
import { addProof, keepAddress } from '../../http/registration.ts'
import { readOrigin } from '../../http/request.ts'
import { resume } from '../../http/resume.ts'
import { withReturnTo } from '../../http/return-to.ts'
import type { HttpSessions } from '../../http/session.ts'
import {
  cancelled,
  IDENTITIES,
  linkNews,
  notices,
  readCallback,
  toLinkTrouble,
  toTrouble,
  unproved,
} from './oauth.form.ts'
import type { Finish, OAuthService } from './oauth.service.ts'
import { askAgain, BROWSER_COOKIE, showTrouble } from './oauth-answers.pages.ts'

type Dependencies = {
  oauth: OAuthService
  sessions: HttpSessions
  cookies: Cookies
  askForProof: AskForProof
}
type FinishOf<P extends Finish['purpose']> = Extract<Finish, { purpose: P }>

/** Back from Google. */
export function createOAuthPages({ oauth, sessions, cookies, askForProof }: Dependencies) {
  const router = Router()
  const path = '/auth/oauth/google/callback'

  // A HEAD request uses nothing up.
  router.head(path, (req, res) => showTrouble(res, toNoAttempt(req)))

  router.get(path, async (req, res) => {
    const callback = readCallback(req.query)
    const browser = cookies.read(req, BROWSER_COOKIE)
    if (!callback || !browser) return showTrouble(res, toNoAttempt(req))
    // Whoever cannot be recognised at the moment is not signed out, and uses nothing up.
    if (req.caller.kind === 'unanswered') throw req.caller.failure

    const member = req.caller.kind === 'member' && req.caller.secret !== null ? req.caller.member : null
    const finish = await oauth.finish(callback, { browser, origin: readOrigin(req), member })
    res.set('cache-control', 'no-store')
    if (finish.purpose === 'sign-in') return finishSignIn(req, res, finish)
    if (finish.purpose === 'proof') return finishProof(req, res, finish)
    if (finish.purpose === 'link') return finishLink(res, finish)
    showTrouble(res, toNoAttempt(req))
  })

  async function finishSignIn(req: Request, res: Response, arrival: FinishOf<'sign-in'>) {
    switch (arrival.outcome) {
      case 'signed-in':
        await sessions.signIn(req, res, { user: arrival.user, method: 'google', remember: arrival.remember })
        if (arrival.notice) writeFlash(cookies, res, notices[arrival.notice])
        return resume(res, { returnTo: arrival.returnTo, typed: keepOwn(arrival.typed, arrival.user) })
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
      default:
        return showTrouble(res, toTrouble(arrival.outcome, arrival.returnTo))
    }
  }

  async function finishProof(req: Request, res: Response, proof: FinishOf<'proof'>) {
    if (proof.outcome !== 'proved')
      return askAgain(req, res, { ...proof, askForProof, why: unproved[proof.outcome] })
    await sessions.renew(req, res, proof.user)
    resume(res, proof)
  }

  function finishLink(res: Response, link: FinishOf<'link'>) {
    if (link.outcome !== 'linked' && link.outcome !== 'reconnected')
      return showTrouble(res, toLinkTrouble(link))
    writeFlash(cookies, res, linkNews[link.outcome])
    res.redirect(303, IDENTITIES)
  }

  return router
}

function toNoAttempt({ caller }: Request) {
  return toTrouble(caller.kind === 'member' ? 'over' : 'no-attempt')
}
