import { type Response, Router } from 'express'
import type { PasswordResetService } from '../../domain/one-time-link/password-reset.service.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, type Form, readForm, toErrors } from '../../http/form.ts'
import { createMailedLink } from '../../http/mailed-link.ts'
import { readOrigin } from '../../http/request.ts'
import { toReturnTo, withReturnTo } from '../../http/return-to.ts'
import type { Throttle } from '../../http/throttle.ts'
import { carryAddress } from '../../http/typed-address.ts'
import { passwordChanged, resetForm } from './reset-password.form.ts'

type Dependencies = { passwordReset: PasswordResetService; throttle: Throttle; cookies: Cookies }

export function createResetPasswordPages({ passwordReset, throttle, cookies }: Dependencies) {
  const router = Router()
  const link = createMailedLink({ cookies, page: '/reset-password' })

  router.get('/reset-password', link.leaveAddress, async (req, res) => {
    const token = link.readToken(req)
    if (token === null) return res.redirect(303, '/forgot-password')
    const state = await passwordReset.inspect(token)
    if (state.outcome === 'expired') return showExpired(res)
    show(res, emptyForm({ token, email: state.email }), state)
  })

  router.post('/reset-password', formBody, async (req, res) => {
    await throttle.request(req)
    const read = readForm(resetForm, req.body)
    if (!read.ok) return showExpired(res)

    const reset = await passwordReset.reset(read.data, readOrigin(req))
    switch (reset.outcome) {
      case 'expired':
        return showExpired(res)
      case 'weak': {
        const form = emptyForm({ token: read.data.token, email: reset.email })
        return show(res.status(422), { ...form, errors: toErrors('password', reset.problems) }, reset)
      }
      case 'done': {
        const { email } = reset.user
        link.forget(res)
        throttle.remember(req, res, reset.user)
        carryAddress(cookies, res, email)
        writeFlash(cookies, res, { tone: 'success', text: passwordChanged })
        return res.redirect(303, withReturnTo('/login', toReturnTo(reset.returnTo)))
      }
    }
  })

  function show(res: Response, form: Form, { isProof }: { isProof: boolean }) {
    const { policy, requirementsText: policyText } = passwordReset
    res.set('cache-control', 'no-store')
    res.render('pages/reset-password', { state: 'choose', form, isProof, policy, policyText })
  }

  function showExpired(res: Response) {
    link.forget(res)
    res.status(410).render('pages/reset-password', { state: 'expired', form: emptyForm() })
  }

  return router
}
