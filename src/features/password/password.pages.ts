import { type Request, type Response, Router } from 'express'
import { PortalError } from '../../errors.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { unlessOutage } from '../../http/done-anyway.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, type Form, readForm, toErrors } from '../../http/form.ts'
import { isFresh, membersOnly, readMember } from '../../http/guards.ts'
import { readOrigin, readQuery } from '../../http/request.ts'
import type { HttpSessions } from '../../http/session.ts'
import type { Throttle } from '../../http/throttle.ts'
import { carryAddress } from '../../http/typed-address.ts'
import type { ChangePasswordService } from './change-password.service.ts'
import { changedOnly, currentNeeded, passwordForm, wrongCurrent } from './password.form.ts'

type Dependencies = {
  changePassword: ChangePasswordService
  sessions: HttpSessions
  throttle: Throttle
  cookies: Cookies
}
type Facts = { hasPassword: boolean; suggestion?: string }

export function createPasswordPages({ changePassword, sessions, throttle, cookies }: Dependencies) {
  const router = Router()

  router.get('/account/password', membersOnly, async (req, res) => {
    const hasPassword = await readHasPassword(req)
    const isAsked = readQuery(req, 'suggest') !== null
    show(req, res, emptyForm(), {
      hasPassword,
      ...(isAsked && { suggestion: changePassword.suggest() }),
    })
  })

  router.post('/account/password', formBody, membersOnly, async (req, res) => {
    const member = readMember(req)
    const { user } = member
    await throttle.change(user)
    const hasPassword = await readHasPassword(req)
    const read = readForm(passwordForm, req.body)
    const mend = (form: Form) => show(req, res.status(422), form, { hasPassword })
    if (!read.ok) return mend(read.form)
    if (hasPassword && read.data.current === null) return mend({ ...read.form, errors: [currentNeeded] })

    const judged = await prove(req, hasPassword ? read.data.current : null)
    if (!judged) return mend({ ...read.form, errors: [wrongCurrent] })
    const changed = await changePassword.change(judged, read.data, { member, origin: readOrigin(req) })
    if (changed.outcome === 'weak')
      return mend({ ...read.form, errors: toErrors('new_password', changed.problems) })
    if (changed.outcome === 'ended') throw new PortalError('session_ended')

    const started = await sessions.goOn(req, res, changed.user).catch(unlessOutage)
    if (!started) carryAddress(cookies, res, user.email)
    const text = started
      ? `Your password is ${hasPassword ? 'changed' : 'set'}. Your other devices are signed out.`
      : changedOnly
    writeFlash(cookies, res, { tone: 'success', text })
    res.redirect(303, started ? '/account' : '/login')
  })

  /** Throws for who has none yet and proved it too long ago: there is no password to prove it with on this page. */
  async function readHasPassword(req: Request): Promise<boolean> {
    const hasPassword = await changePassword.hasPassword(readMember(req).user)
    if (!hasPassword && !isFresh(req)) throw new PortalError('reauthentication_required')
    return hasPassword
  }

  /** As who they are judged to be; null for a wrong password. A wrong one counts like a wrong one at sign-in. */
  async function prove(req: Request, current: string | null) {
    const { user } = readMember(req)
    if (current === null) return changePassword.findWithoutPassword(user)
    const attempt = await throttle.signIn(req, user.email)
    const origin = readOrigin(req)
    return attempt.make((lane) => changePassword.provePassword(user, current, { origin, lane }))
  }

  function show(req: Request, res: Response, form: Form, facts: Facts) {
    const { policy, requirementsText: policyText } = changePassword
    const { email } = readMember(req).user
    res.set('cache-control', 'no-store')
    res.render('pages/password', { form, email, policy, policyText, suggestion: null, ...facts })
  }

  return router
}
