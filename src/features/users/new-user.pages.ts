import { Router } from 'express'
import { usernameTaken } from '../../domain/user/username.ts'
import { PortalError } from '../../errors.ts'
import { readActor } from '../../http/actor.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, readForm, withError } from '../../http/form.ts'
import { adminsOnly, freshAdminsOnly } from '../../http/guards.ts'
import { newUserForm } from './users.form.ts'
import type { UsersService } from './users.service.ts'

type Dependencies = { users: UsersService; cookies: Cookies }

const taken = {
  'email-taken': { field: 'email', message: 'This email already has an account.' },
  'username-taken': usernameTaken,
}

export function createNewUserPages({ users, cookies }: Dependencies) {
  const router = Router()

  router.get('/admin/users/new', adminsOnly, (_req, res) => {
    res.set('cache-control', 'no-store').render('pages/new-user', { form: emptyForm({ role: 'user' }) })
  })

  router.post('/admin/users/new', formBody, freshAdminsOnly, async (req, res) => {
    res.set('cache-control', 'no-store')
    const read = readForm(newUserForm, req.body)
    if (!read.ok) return res.status(422).render('pages/new-user', { form: read.form })

    const created = await users.create(read.data, readActor(req))
    if (created.outcome === 'no-mail') return res.redirect(303, '/admin/users/new')
    if (created.outcome === 'email-taken' || created.outcome === 'username-taken') {
      const { field, message } = taken[created.outcome]
      return res.status(422).render('pages/new-user', { form: withError(read.form, field, message) })
    }
    if (created.outcome !== 'done') throw new PortalError('not_found')

    writeFlash(cookies, res, { tone: 'success', text: `We’ve sent an invitation to ${read.data.email}.` })
    res.redirect(303, `/admin/users/${created.user.id}`)
  })

  return router
}
