import { Router } from 'express'
import { type FieldProblem, PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { tryBody } from '../../http/form.ts'
import { addProof } from '../../http/registration.ts'
import { readOrigin } from '../../http/request.ts'
import type { HttpSessions } from '../../http/session.ts'
import { toSignInAnswer } from '../../http/session-answer.ts'
import type { Throttle } from '../../http/throttle.ts'
import { registerBody } from './register.form.ts'
import type { RegisterService } from './register.service.ts'

type Dependencies = {
  register: RegisterService
  sessions: HttpSessions
  throttle: Throttle
  cookies: Cookies
}

export function createRegisterApi({ register, sessions, throttle, cookies }: Dependencies) {
  const router = Router()

  router.post('/auth/register', jsonBody, async (req, res) => {
    await throttle.request(req)
    const read = tryBody(registerBody, req.body)
    const origin = readOrigin(req)
    if (!read.ok) throw refuse(await register.addWeaknesses(read.problems, { sent: req.body, ip: origin.ip }))

    const registration = await register.register({ ...read.data, returnTo: null }, origin)
    switch (registration.outcome) {
      case 'closed':
        throw new PortalError('forbidden', { detail: 'Registration is closed.' })
      case 'refused':
        throw refuse(registration.problems)
      case 'email-taken':
        throw new PortalError('email_taken')
      case 'opened': {
        const { user, proof } = registration
        addProof(cookies, req, res, proof)
        const started = await sessions.signIn(req, res, { user, method: 'password', remember: false })
        return res
          .status(201)
          .set('cache-control', 'no-store')
          .json(toSignInAnswer({ ...started, user }))
      }
      case 'verification-sent':
        addProof(cookies, req, res, registration.proof)
        return res.status(202).json({ status: 'verification_sent' })
    }
  })

  return router
}

function refuse(problems: FieldProblem[]): PortalError {
  return new PortalError('validation_failed', { problems })
}
