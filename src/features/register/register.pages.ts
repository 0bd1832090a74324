import { type Response, Router } from 'express'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { emptyForm, type Form, readForm } from '../../http/form.ts'
import { createNewcomersOnly } from '../../http/guests.ts'
import { addProof, keepAddress, readAddress, readProofs } from '../../http/registration.ts'
import { readOrigin } from '../../http/request.ts'
import { readReturnTo } from '../../http/return-to.ts'
import { sameForVisitors } from '../../http/same-for-visitors.ts'
import type { HttpSessions } from '../../http/session.ts'
import type { Throttle } from '../../http/throttle.ts'
import { carryAddress, readCarriedAddress } from '../../http/typed-address.ts'
import { emailTaken, registerForm } from './register.form.ts'
import type { RegisterService } from './register.service.ts'

type Dependencies = {
  register: RegisterService
  sessions: HttpSessions
  throttle: Throttle
  cookies: Cookies
}

export function createRegisterPages({ register, sessions, throttle, cookies }: Dependencies) {
  const router = Router()
  const newcomersOnly = createNewcomersOnly(cookies)
  const { policy, requirementsText: policyText } = register
  const show = (res: Response, form: Form) => res.render('pages/register', { form, policy, policyText })
  const mend = (res: Response, form: Form) => show(res.status(422), form)

  router.get('/register', newcomersOnly, sameForVisitors('/register'), (req, res) => {
    if (register.mode === 'closed') return res.status(403).render('pages/registration-closed')
    show(res, emptyForm({ return_to: readReturnTo(req), email: readCarriedAddress(cookies, req) }))
  })

  router.post('/register', formBody, newcomersOnly, async (req, res) => {
    await throttle.request(req)
    const read = readForm(registerForm, req.body)
    carryAddress(cookies, res, read.form.values.email)
    const origin = readOrigin(req)
    if (!read.ok) {
      const sent = { sent: req.body, ip: origin.ip }
      return mend(res, { ...read.form, errors: await register.addWeaknesses(read.form.errors, sent) })
    }

    const registration = await register.register(read.data, origin)
    switch (registration.outcome) {
      case 'closed':
        return res.status(403).render('pages/registration-closed')
      case 'refused':
        return mend(res, { ...read.form, errors: registration.problems })
      case 'email-taken':
        return mend(res, { ...read.form, errors: [emailTaken] })
      case 'opened':
        addProof(cookies, req, res, registration.proof)
        await sessions.signIn(req, res, { user: registration.user, method: 'password', remember: false })
        return res.redirect(303, register.isProofOptional ? read.data.returnTo : '/verify-email')
      case 'verification-sent':
        addProof(cookies, req, res, registration.proof)
        keepAddress(cookies, res, read.data.email)
        return res.redirect(303, '/registered')
    }
  })

  router.get('/registered', (req, res) => {
    const email = readAddress(cookies, req)
    if (!email) return res.redirect(303, '/verify-email')
    const mayTypeCode = readProofs(cookies, req).length > 0
    res
      .set('cache-control', 'no-store')
      .render('pages/registered', { form: emptyForm({ email }), email, mayTypeCode })
  })

  return router
}
