import { Router } from 'express'
import type { PasswordResetService } from '../../domain/one-time-link/password-reset.service.ts'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import { readBody, toErrors } from '../../http/form.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { resetBody } from './reset-password.form.ts'

type Dependencies = { passwordReset: PasswordResetService; throttle: Throttle }

export function createResetPasswordApi({ passwordReset, throttle }: Dependencies) {
  const router = Router()

  router.post('/auth/reset-password', jsonBody, async (req, res) => {
    await throttle.request(req)
    const given = readBody(resetBody, req.body)

    const reset = await passwordReset.reset(given, readOrigin(req))
    switch (reset.outcome) {
      case 'expired':
        throw new PortalError('link_expired')
      case 'weak':
        throw new PortalError('validation_failed', { problems: toErrors('password', reset.problems) })
      case 'done':
        res.set('cache-control', 'no-store').json({ status: 'password_reset' })
    }
  })

  return router
}
