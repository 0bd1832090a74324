import { type Request, Router } from 'express'
import type {
  CodeEvidence,
  Confirmation,
  Evidence,
  VerificationService,
} from '../../domain/one-time-link/verification.service.ts'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { sayDone } from '../../http/done-anyway.ts'
import { readBody, toErrors } from '../../http/form.ts'
import { forgetRegistration, readProofs } from '../../http/registration.ts'
import { readOrigin } from '../../http/request.ts'
import type { HttpSessions } from '../../http/session.ts'
import { toSignInAnswer } from '../../http/session-answer.ts'
import type { Throttle } from '../../http/throttle.ts'
import {
  codeNeedsBrowser,
  confirmBody,
  confirmedOnly,
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

export function createVerifyEmailApi({ verification, sessions, throttle, cookies }: Dependencies) {
  const router = Router()

  router.post('/auth/verify-email', jsonBody, async (req, res) => {
    await throttle.request(req)
    const given = readBody(confirmBody, req.body)
    const proofs = readProofs(cookies, req)

    const { user, method } =
      given.by === 'link'
        ? await confirmByLink(req, { ...given, proofs })
        : await confirmByCode(req, { ...given, proofs })

    forgetRegistration(cookies, res)
    const started = await sessions
      .signIn(req, res, { user, method, remember: false })
      .catch(sayDone(confirmedOnly))
    res.set('cache-control', 'no-store').json({ status: 'verified', ...toSignInAnswer({ ...started, user }) })
  })

  router.post('/auth/resend-verification', jsonBody, async (req, res) => {
    await throttle.request(req)
    const { email } = readBody(resendForm, req.body)
    if (!verification.sendsMail) throw new PortalError('forbidden', { detail: 'This portal sends no email.' })

    await verification.resend(email)
    res.status(202).json({ status: 'verification_sent' })
  })

  async function confirmByLink(req: Request, evidence: Evidence): Promise<Confirmed> {
    const confirmation = await verification.confirm(evidence, readOrigin(req))
    switch (confirmation.outcome) {
      case 'expired':
        throw new PortalError('link_expired')
      case 'other-browser':
        throw new PortalError('forbidden', {
          detail: 'The link must be opened in the browser that signed up.',
        })
      case 'password-needed':
        throw toProblem({ ...passwordNeeded, code: 'required' })
      case 'wrong-password':
        throw toProblem({ ...wrongPassword, code: 'wrong' })
      case 'choose-password':
        throw new PortalError('validation_failed', { problems: toErrors('password', confirmation.problems) })
      case 'confirmed':
        return confirmation
    }
  }

  async function confirmByCode(req: Request, evidence: CodeEvidence): Promise<Confirmed> {
    const { proofs: shown } = evidence
    if (shown.length === 0) throw toProblem({ ...codeNeedsBrowser, code: 'other_browser' })
    const { proofs, succeeded } = await throttle.code(req, shown)
    if (proofs.length === 0) throw toProblem({ ...noTriesLeft, code: 'no_tries_left' })
    const confirmed = await verification.confirmByCode({ ...evidence, proofs }, readOrigin(req))
    if (!confirmed) throw toProblem({ ...wrongCode, code: 'wrong' })
    await succeeded()
    return confirmed
  }

  return router
}

function toProblem(problem: { field: string; code: string; message: string }): PortalError {
  return new PortalError('validation_failed', { problems: [problem] })
}
