import { Router } from 'express'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import { readBody } from '../../http/form.ts'
import { readOrigin } from '../../http/request.ts'
import { withResetHint } from '../../http/reset-hint.ts'
import type { HttpSessions } from '../../http/session.ts'
import { toSignInAnswer } from '../../http/session-answer.ts'
import type { Throttle } from '../../http/throttle.ts'
import { loginBody, toWrongPair } from './login.form.ts'
import type { LoginService } from './login.service.ts'

type Dependencies = { login: LoginService; sessions: HttpSessions; throttle: Throttle }

export function createLoginApi({ login, sessions, throttle }: Dependencies) {
  const router = Router()
  const { message: wrongPair } = toWrongPair(login)

  router.post('/auth/login', jsonBody, async (req, res) => {
    const credentials = readBody(loginBody, req.body)

    const attempt = await throttle.signIn(req, credentials.login)
    const user = await attempt.make((lane) =>
      login.authenticate(credentials, { origin: readOrigin(req), lane }),
    )
    if (!user) throw new PortalError('authentication_failed', { detail: withResetHint(req, wrongPair) })

    const started = await sessions.signIn(req, res, {
      user,
      method: 'password',
      remember: credentials.remember,
    })
    res.set('cache-control', 'no-store').json(toSignInAnswer({ ...started, user }))
  })

  return router
}
