import { Router } from 'express'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import { readBody } from '../../http/form.ts'
import { readMember, sessionsOnly } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { HttpSessions } from '../../http/session.ts'
import { toSignInAnswer } from '../../http/session-answer.ts'
import type { Throttle } from '../../http/throttle.ts'
import { reauthenticateBody, wrongPassword } from './reauthenticate.form.ts'
import type { ReauthenticateService } from './reauthenticate.service.ts'

type Dependencies = { reauthenticate: ReauthenticateService; sessions: HttpSessions; throttle: Throttle }

export function createReauthenticateApi({ reauthenticate, sessions, throttle }: Dependencies) {
  const router = Router()

  router.post('/auth/reauthenticate', sessionsOnly, jsonBody, async (req, res) => {
    const { user: member } = readMember(req)
    const { password } = readBody(reauthenticateBody, req.body)

    const attempt = await throttle.signIn(req, member.email)
    const user = await attempt.make((lane) =>
      reauthenticate.provePassword(member, password, { origin: readOrigin(req), lane }),
    )
    if (!user) throw new PortalError('validation_failed', { problems: [wrongPassword] })

    const renewed = await sessions.renew(req, res, user)
    res.set('cache-control', 'no-store').json(toSignInAnswer({ ...renewed, user }))
  })

  return router
}
