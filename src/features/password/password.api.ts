import { Router } from 'express'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import { sayDone } from '../../http/done-anyway.ts'
import { readBody, toErrors } from '../../http/form.ts'
import { isFresh, membersOnly, readMember, sessionsOnly } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { HttpSessions } from '../../http/session.ts'
import { toSignInAnswer } from '../../http/session-answer.ts'
import type { Throttle } from '../../http/throttle.ts'
import type { ChangePasswordService } from './change-password.service.ts'
import { changedOnly, currentNeeded, passwordBody, wrongCurrent } from './password.form.ts'

type Dependencies = { changePassword: ChangePasswordService; sessions: HttpSessions; throttle: Throttle }

export function createPasswordApi({ changePassword, sessions, throttle }: Dependencies) {
  const router = Router()

  router.post('/auth/change-password', membersOnly, sessionsOnly, jsonBody, async (req, res) => {
    const member = readMember(req)
    const { user } = member
    await throttle.change(user)
    const { current_password: current, new_password: password } = readBody(passwordBody, req.body)
    const hasPassword = await changePassword.hasPassword(user)
    if (!hasPassword && !isFresh(req)) throw new PortalError('reauthentication_required')
    if (hasPassword && current === null) throw refuse(currentNeeded)

    const origin = readOrigin(req)
    const prove = async () => {
      if (!hasPassword || current === null) return changePassword.findWithoutPassword(user)
      const attempt = await throttle.signIn(req, user.email)
      return attempt.make((lane) => changePassword.provePassword(user, current, { origin, lane }))
    }
    const judged = await prove()
    if (!judged) throw refuse(wrongCurrent)
    const changed = await changePassword.change(judged, { current, password }, { member, origin })
    if (changed.outcome === 'weak')
      throw new PortalError('validation_failed', { problems: toErrors('new_password', changed.problems) })
    if (changed.outcome === 'ended') throw new PortalError('session_ended')

    const started = await sessions.goOn(req, res, changed.user).catch(sayDone(changedOnly))
    const answer = toSignInAnswer({ ...started, user: changed.user })
    res.set('cache-control', 'no-store').json({ status: 'password_changed', ...answer })
  })

  return router
}

function refuse(problem: typeof wrongCurrent): PortalError {
  return new PortalError('validation_failed', { problems: [problem] })
}
