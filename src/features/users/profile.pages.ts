import { type Response, Router } from 'express'
import { usernameTaken } from '../../domain/user/username.ts'
import { PortalError } from '../../errors.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, type Form, readForm, withError } from '../../http/form.ts'
import { membersOnly, readMember } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { profilePatch } from './users.form.ts'
import type { UsersService } from './users.service.ts'

type Dependencies = { users: UsersService; throttle: Throttle; cookies: Cookies }

export function createProfilePages({ users, throttle, cookies }: Dependencies) {
  const router = Router()

  router.get('/account/profile', membersOnly, (req, res) => {
    const { displayName, username } = readMember(req).user
    show(res, emptyForm({ display_name: displayName ?? '', username: username ?? '' }))
  })

  router.post('/account/profile', formBody, membersOnly, async (req, res) => {
    const read = readForm(profilePatch, req.body)
    if (!read.ok) return show(res.status(422), read.form)

    const { user: actor } = readMember(req)
    await throttle.change(actor)
    const change = await users.change(actor.id, read.data, { actor, origin: readOrigin(req) })
    if (change.outcome === 'username-taken')
      return show(res.status(422), withError(read.form, usernameTaken.field, usernameTaken.message))
    if (change.outcome !== 'done') throw new PortalError('session_ended')

    writeFlash(cookies, res, { tone: 'success', text: 'Your profile is saved.' })
    res.redirect(303, '/account')
  })

  return router
}

function show(res: Response, form: Form) {
  res.set('cache-control', 'no-store').render('pages/profile', { form })
}
