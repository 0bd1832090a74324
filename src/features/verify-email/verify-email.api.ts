import { Router } from 'express'
import type { VerificationService } from '../../domain/one-time-link/verification.service.ts'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { readBody } from '../../http/form.ts'
import { clearProofs, readProofs } from '../../http/registration-proof.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import {
  choosePassword,
  confirmForm,
  passwordNeeded,
  resendForm,
  wrongPassword,
} from './verify-email.form.ts'

type Dependencies = { verification: VerificationService; throttle: Throttle; cookies: Cookies }

export function createVerifyEmailApi({ verification, throttle, cookies }: Dependencies) {
  const router = Router()

  router.post('/auth/verify-email', jsonBody, async (req, res) => {
    await throttle.request(req)
    const given = readBody(confirmForm, req.body)

    const evidence = { ...given, proofs: readProofs(cookies, req) }
    const confirmation = await verification.confirm(evidence, readOrigin(req))
    switch (confirmation.outcome) {
      case 'expired':
        throw new PortalError('link_expired')
      case 'other-browser':
        throw new PortalError('forbidden', {
          detail: 'The link must be opened in the browser that signed up.',
        })
      case 'password-needed':
        throw new PortalError('validation_failed', { problems: [{ ...passwordNeeded, code: 'required' }] })
      case 'wrong-password':
        throw new PortalError('validation_failed', { problems: [{ ...wrongPassword, code: 'wrong' }] })
      case 'choose-password':
        throw new PortalError('validation_failed', {
          problems: [{ ...choosePassword, ...confirmation.problem }],
        })
      case 'confirmed':
        clearProofs(cookies, res)
        return res.json({ status: 'verified' })
    }
  })

  router.post('/auth/resend-verification', jsonBody, async (req, res) => {
    await throttle.request(req)
    const { email } = readBody(resendForm, req.body)

    await verification.resend(email)
    res.status(202).json({ status: 'verification_sent' })
  })

  return router
}
