import { type Request, type Response, Router } from 'express'
import type { PasswordResetService } from '../../domain/one-time-link/password-reset.service.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { emptyForm, type Form, readForm } from '../../http/form.ts'
import { readOrigin } from '../../http/request.ts'
import { readReturnTo, withReturnTo } from '../../http/return-to.ts'
import type { Throttle } from '../../http/throttle.ts'
import { carryAddress, readCarriedAddress } from '../../http/typed-address.ts'
import { forgotForm, noMail } from './forgot-password.form.ts'

type Dependencies = { passwordReset: PasswordResetService; throttle: Throttle; cookies: Cookies }

const SENT = '/forgot-password/sent'

export function createForgotPasswordPages({ passwordReset, throttle, cookies }: Dependencies) {
  const router = Router()

  router.get('/forgot-password', (req, res) => {
    if (!passwordReset.sendsMail) return showNoMail(res)
    show(res, emptyForm({ email: guessEmail(req), return_to: readReturnTo(req) }))
  })

  router.post('/forgot-password', formBody, async (req, res) => {
    await throttle.request(req)
    if (!passwordReset.sendsMail) return showNoMail(res)
    const read = readForm(forgotForm, req.body)
    carryAddress(cookies, res, read.form.values.email)
    if (!read.ok) return show(res.status(422), read.form)

    await passwordReset.request(read.data, readOrigin(req))
    res.redirect(303, withReturnTo(SENT, read.data.returnTo))
  })

  router.get(SENT, (req, res) => {
    const email = readCarriedAddress(cookies, req)
    if (!email) return res.redirect(303, '/forgot-password')
    const form = emptyForm({ email, return_to: readReturnTo(req) })
    res.set('cache-control', 'no-store').render('pages/forgot-password', { state: 'sent', form })
  })

  function guessEmail(req: Request): string {
    const { caller } = req
    return readCarriedAddress(cookies, req) || (caller.kind === 'member' ? caller.member.user.email : '')
  }

  return router
}

function show(res: Response, form: Form) {
  res.render('pages/forgot-password', { state: 'ask', form })
}

function showNoMail(res: Response) {
  res.status(403).render('pages/trouble', noMail)
}
