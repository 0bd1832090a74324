import { type Request, type Response, Router } from 'express'
import type { Evidence, VerificationService } from '../../domain/one-time-link/verification.service.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, type Form, readForm, withError } from '../../http/form.ts'
import { clearProofs, readProofs } from '../../http/registration-proof.ts'
import { readOrigin, readQuery } from '../../http/request.ts'
import { HOME, takeKeptReturnTo } from '../../http/return-to.ts'
import type { Throttle } from '../../http/throttle.ts'
import {
  choosePassword,
  confirmForm,
  passwordNeeded,
  resendForm,
  wrongPassword,
} from './verify-email.form.ts'

type Dependencies = { verification: VerificationService; throttle: Throttle; cookies: Cookies }
type PasswordField = 'none' | 'chosen' | 'new'

const otherBrowser = {
  heading: 'Open the link where you signed up',
  text: 'You signed up with Google in another browser. Open the link there, so that we know it was you. If you did not sign up at all, simply ignore the mail.',
  action: { href: '/login', label: 'Back to sign in' },
}

export function createVerifyEmailPages({ verification, throttle, cookies }: Dependencies) {
  const router = Router()

  router.get('/verify-email', async (req, res) => {
    res.set('cache-control', 'no-store').set('referrer-policy', 'no-referrer')
    const token = readQuery(req, 'token')
    if (token === null) return res.render('pages/verify-email', { state: 'ask', form: emptyForm() })

    const state = await verification.inspect({ token, proofs: readProofs(cookies, req) })
    if (state === 'expired') return showExpired(res)
    if (state === 'other-browser') return res.status(409).render('pages/trouble', otherBrowser)
    const fields: Record<typeof state, PasswordField> = {
      usable: 'none',
      'password-needed': 'chosen',
      'choose-password': 'new',
    }
    showConfirm(res, emptyForm({ token }), fields[state])
  })

  router.post('/verify-email', formBody, async (req, res) => {
    await throttle.request(req)
    const read = readForm(confirmForm, req.body)
    if (!read.ok) return showExpired(res)

    const evidence: Evidence = { ...read.data, proofs: readProofs(cookies, req) }
    const confirmation = await verification.confirm(evidence, readOrigin(req))
    switch (confirmation.outcome) {
      case 'expired':
        return showExpired(res)
      case 'other-browser':
        return res.status(409).render('pages/trouble', otherBrowser)
      case 'password-needed':
      case 'wrong-password': {
        const { field, message } = confirmation.outcome === 'password-needed' ? passwordNeeded : wrongPassword
        const form = withError(emptyForm({ token: evidence.token }), field, message)
        return showConfirm(res.status(422), form, 'chosen')
      }
      case 'choose-password': {
        const { field, message } = { ...choosePassword, ...confirmation.problem }
        const form = withError(emptyForm({ token: evidence.token }), field, message)
        return showConfirm(res.status(422), form, 'new')
      }
      case 'confirmed':
        clearProofs(cookies, res)
        return goOn(req, res, confirmation.gotUsername)
    }
  })

  router.post('/verify-email/resend', formBody, async (req, res) => {
    await throttle.request(req)
    const read = readForm(resendForm, req.body)
    if (!read.ok) return res.status(422).render('pages/verify-email', { state: 'ask', form: read.form })

    await verification.resend(read.data.email)
    cookies.write(res, 'registered', read.data.email)
    res.redirect(303, '/registered')
  })

  function showConfirm(res: Response, form: Form, passwordField: PasswordField) {
    const { requirementsText: policyText } = verification
    res.render('pages/verify-email', { state: 'confirm', form, passwordField, policyText })
  }

  /** Confirming an address signs nobody in. */
  function goOn(req: Request, res: Response, gotUsername: boolean) {
    const nameTaken = ' The username you wanted has been taken meanwhile.'
    const text = `Your address is confirmed.${gotUsername ? '' : nameTaken}`
    const isSignedIn = req.caller.kind === 'member'
    writeFlash(cookies, res, { tone: 'success', text: isSignedIn ? text : `${text} You can sign in now.` })
    const returnTo = takeKeptReturnTo(cookies, req, res)
    const toLogin = returnTo === HOME ? '/login' : `/login?return_to=${encodeURIComponent(returnTo)}`
    res.redirect(303, isSignedIn ? returnTo : toLogin)
  }

  return router
}

function showExpired(res: Response) {
  res.status(410).render('pages/verify-email', { state: 'expired', form: emptyForm() })
}
