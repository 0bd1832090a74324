import { Router } from 'express'
import type { PasswordResetService } from '../../domain/one-time-link/password-reset.service.ts'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import { readBody } from '../../http/form.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { forgotBody, noMail } from './forgot-password.form.ts'

type Dependencies = { passwordReset: PasswordResetService; throttle: Throttle }

export function createForgotPasswordApi({ passwordReset, throttle }: Dependencies) {
  const router = Router()

  router.post('/auth/forgot-password', jsonBody, async (req, res) => {
    await throttle.request(req)
    const { email } = readBody(forgotBody, req.body)
    if (!passwordReset.sendsMail) throw new PortalError('forbidden', { detail: `${noMail.heading}.` })

    await passwordReset.request({ email, returnTo: null }, readOrigin(req))
    res.status(202).json({ status: 'reset_sent' })
  })

  return router
}
