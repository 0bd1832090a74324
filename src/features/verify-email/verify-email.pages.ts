import { type Request, type Response, Router } from 'express'
import type { Confirmation, VerificationService } from '../../domain/one-time-link/verification.service.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { unlessOutage } from '../../http/done-anyway.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, type Form, readForm, toErrors, withError } from '../../http/form.ts'
import { createMailedLink } from '../../http/mailed-link.ts'
import { forgetRegistration, keepAddress, readProofs } from '../../http/registration.ts'
import { readOrigin } from '../../http/request.ts'
import { toReturnTo } from '../../http/return-to.ts'
import type { HttpSessions } from '../../http/session.ts'
import type { Throttle } from '../../http/throttle.ts'
import { carryAddress, readCarriedAddress } from '../../http/typed-address.ts'
import {
  codeForm,
  codeNeedsBrowser,
  confirmedOnly,
  linkForm,
  noTriesLeft,
  passwordNeeded,
  resendForm,
  wrongCode,
  wrongPassword,
} from './verify-email.form.ts'

type Dependencies = {
  verification: VerificationService
  sessions: HttpSessions
  throttle: Throttle
  cookies: Cookies
}
type Confirmed = Extract<Confirmation, { outcome: 'confirmed' }>
type PasswordField = 'none' | 'chosen' | 'new'

const otherBrowser = {
  heading: 'Open the link where you signed up',
  text: 'You signed up with Google in another browser. Open the link there, so that we know it was you. If that wasn’t you, register with this email yourself: that replaces what was started before.',
  action: { href: '/register', label: 'Create an account' },
}
const noMail = {
  heading: 'This portal sends no email',
  text: 'So there is nothing to confirm: an account works without.',
  action: { href: '/', label: 'Go to the start page' },
}
const passwordFields = { usable: 'none', 'password-needed': 'chosen', 'choose-password': 'new' } as const

export function createVerifyEmailPages({ verification, sessions, throttle, cookies }: Dependencies) {
  const router = Router()
  const link = createMailedLink({ cookies, page: '/verify-email' })

  router.get('/verify-email', link.leaveAddress, async (req, res) => {
    const token = link.readToken(req)
    if (token === null) return verification.sendsMail ? showWaiting(req, res) : showNoMail(res)

    const state = await verification.inspect({ token, proofs: readProofs(cookies, req) })
    if (state.outcome === 'expired') return showExpired(res)
    if (state.outcome === 'other-browser') return res.status(409).render('pages/trouble', otherBrowser)
    showConfirm(res, emptyForm({ token, email: state.email }), passwordFields[state.outcome])
  })

  router.post('/verify-email', formBody, async (req, res) => {
    await throttle.request(req)
    const read = readForm(linkForm, req.body)
    if (!read.ok) return showExpired(res)

    const { token } = read.data
    const evidence = { ...read.data, proofs: readProofs(cookies, req) }
    const confirmation = await verification.confirm(evidence, readOrigin(req))
    switch (confirmation.outcome) {
      case 'expired':
        return showExpired(res)
      case 'other-browser':
        return res.status(409).render('pages/trouble', otherBrowser)
      case 'password-needed':
      case 'wrong-password': {
        const { field, message } = confirmation.outcome === 'password-needed' ? passwordNeeded : wrongPassword
        const form = withError(emptyForm({ token, email: confirmation.email }), field, message)
        return showConfirm(res.status(422), form, 'chosen')
      }
      case 'choose-password': {
        const { email, problems } = confirmation
        const form = { ...emptyForm({ token, email }), errors: toErrors('password', problems) }
        return showConfirm(res.status(422), form, 'new')
      }
      case 'confirmed':
        return enter(req, res, confirmation)
    }
  })

  router.post('/verify-email/code', formBody, async (req, res) => {
    await throttle.request(req)
    const read = readForm(codeForm, req.body)
    if (!read.ok) return showCode(res.status(422), read.form)

    if (isConfirmed(req, read.data.email)) return goOn(res, null)
    const shown = readProofs(cookies, req)
    if (shown.length === 0) return mendCode(res, read.form, codeNeedsBrowser)
    const { proofs, succeeded } = await throttle.code(req, shown)
    if (proofs.length === 0) return mendCode(res, read.form, noTriesLeft)
    const confirmed = await verification.confirmByCode({ ...read.data, proofs }, readOrigin(req))
    if (!confirmed) return mendCode(res, read.form, wrongCode)
    await succeeded()
    await enter(req, res, confirmed)
  })

  router.post('/verify-email/resend', formBody, async (req, res) => {
    await throttle.request(req)
    if (!verification.sendsMail) return showNoMail(res)
    const read = readForm(resendForm, req.body)
    carryAddress(cookies, res, read.form.values.email)
    if (!read.ok) return showResend(res.status(422), read.form)

    const { email } = read.data
    await verification.resend(email)
    keepAddress(cookies, res, email)
    const text = `If ${email} is waiting to be confirmed, a new email is on its way. We send three an hour at most.`
    writeFlash(cookies, res, { tone: 'info', text })
    res.redirect(303, '/registered')
  })

  /** Somebody signed in and waiting need not type the address again. */
  function showWaiting(req: Request, res: Response) {
    const { caller } = req
    if (caller.kind !== 'member' || caller.member.user.emailVerifiedAt)
      return showResend(res, emptyForm({ email: readCarriedAddress(cookies, req) }))
    const { email } = caller.member.user
    const mayTypeCode = readProofs(cookies, req).length > 0
    res.render('pages/registered', { form: emptyForm({ email }), email, mayTypeCode })
  }

  function showConfirm(res: Response, form: Form, passwordField: PasswordField) {
    const { policy, requirementsText: policyText } = verification
    res.render('pages/verify-email', { state: 'confirm', form, passwordField, policy, policyText })
  }

  function showExpired(res: Response) {
    link.forget(res)
    res.status(410).render('pages/verify-email', { state: 'expired', form: emptyForm() })
  }

  function mendCode(res: Response, form: Form, { field, message }: { field: string; message: string }) {
    showCode(res.status(422), withError(form, field, message))
  }

  /** A fresh session, and on to where the person was going before the email. */
  async function enter(req: Request, res: Response, { user, method, returnTo, gotUsername }: Confirmed) {
    link.forget(res)
    forgetRegistration(cookies, res)
    const started = await sessions.signIn(req, res, { user, method, remember: false }).catch(unlessOutage)
    if (!started) return goToSignIn(res, toReturnTo(returnTo))
    goOn(res, returnTo, gotUsername ? '' : ' The username you wanted was taken in the meantime.')
  }

  function goOn(res: Response, returnTo: string | null, more = '') {
    writeFlash(cookies, res, { tone: 'success', text: `Your email is confirmed.${more}` })
    res.redirect(303, toReturnTo(returnTo))
  }

  function goToSignIn(res: Response, returnTo: string) {
    writeFlash(cookies, res, { tone: 'success', text: confirmedOnly })
    res.redirect(303, `/login?return_to=${encodeURIComponent(returnTo)}`)
  }

  return router
}

/** The form was sent twice, or again with Back. */
function isConfirmed({ caller }: Request, email: string): boolean {
  return caller.kind === 'member' && caller.member.user.email === email && caller.mayAct
}

function showCode(res: Response, form: Form) {
  const { email = '' } = form.values
  res.set('cache-control', 'no-store').render('pages/registered', { form, email, mayTypeCode: true })
}

function showNoMail(res: Response) {
  res.status(403).render('pages/trouble', noMail)
}

function showResend(res: Response, form: Form) {
  res.render('pages/verify-email', { state: 'ask', form })
}
