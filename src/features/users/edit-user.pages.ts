import { type Request, type Response, Router } from 'express'
import { type ManagedUser, toManagedUser } from '../../domain/user/user.ts'
import { usernameTaken } from '../../domain/user/username.ts'
import { PortalError } from '../../errors.ts'
import { readActor } from '../../http/actor.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { type Flash, writeFlash } from '../../http/flash.ts'
import { emptyForm, type Form, readForm, withError } from '../../http/form.ts'
import { adminsOnly, freshAdminsOnly } from '../../http/guards.ts'
import { readUserId } from '../../http/request.ts'
import { deactivateForm, editForm, lastAdmin, news, toDeactivated } from './managed-user.form.ts'
import { endIsPast } from './users.form.ts'
import type { Change, Stale, UsersService } from './users.service.ts'

type Dependencies = { users: UsersService; cookies: Cookies }
type View = 'pages/edit-user' | 'pages/deactivate-user'

/** The two pages on which something is typed about somebody. */
export function createEditUserPages({ users, cookies }: Dependencies) {
  const router = Router()

  async function find(req: Request): Promise<ManagedUser> {
    const user = await users.find(readUserId(req))
    if (!user) throw new PortalError('not_found')
    return user
  }

  router.get('/admin/users/:id/edit', adminsOnly, async (req, res) => {
    const { displayName, username, updatedAt: version } = await find(req)
    const values = { display_name: displayName ?? '', username: username ?? '', version }
    show(res, 'pages/edit-user', emptyForm(values))
  })

  router.post('/admin/users/:id/edit', formBody, adminsOnly, async (req, res) => {
    const read = readForm(editForm, req.body)
    if (!read.ok) return show(res.status(422), 'pages/edit-user', read.form)

    const { wanted, asOf } = read.data
    const change = await users.changeAsShown(readUserId(req), wanted, { ...readActor(req), asOf })
    if (change.outcome === 'done') return goBack(req, res, news.saved)
    await showAgain(req, res, { view: 'pages/edit-user', form: read.form, change })
  })

  router.get('/admin/users/:id/deactivate', adminsOnly, async (req, res) => {
    const { deactivation, updatedAt: version } = await find(req)
    const [until = ''] = deactivation?.until?.split('T') ?? []
    const values = { deactivation_reason: deactivation?.reason ?? '', deactivated_until: until, version }
    show(res, 'pages/deactivate-user', emptyForm(values))
  })

  router.post('/admin/users/:id/deactivate', formBody, freshAdminsOnly, async (req, res) => {
    const read = readForm(deactivateForm, req.body)
    if (!read.ok) return show(res.status(422), 'pages/deactivate-user', read.form)

    const { wanted, asOf } = read.data
    const change = await users.changeAsShown(readUserId(req), wanted, { ...readActor(req), asOf })
    if (change.outcome === 'done') return goBack(req, res, toDeactivated(change.user))
    if (change.outcome === 'last-admin') return goBack(req, res, lastAdmin)
    await showAgain(req, res, { view: 'pages/deactivate-user', form: read.form, change })
  })

  /** With what was typed, and what is in the way of it. Sent once more, it counts as it is. */
  async function showAgain(
    req: Request,
    res: Response,
    { view, form, change }: { view: View; form: Form; change: Change | Stale },
  ) {
    if (change.outcome === 'username-taken')
      return show(res.status(422), view, withError(form, usernameTaken.field, usernameTaken.message))
    if (change.outcome === 'end-is-past')
      return show(res.status(422), view, withError(form, endIsPast.field, endIsPast.message))
    const user = await find(req)
    const values = { ...form.values, version: user.updatedAt }
    show(res.status(409), view, withError({ ...form, values }, '', toStale(user)))
  }

  function goBack(req: Request, res: Response, flash: Flash) {
    writeFlash(cookies, res, flash)
    res.redirect(303, `/admin/users/${readUserId(req)}`)
  }

  return router
}

function show(res: Response, view: View, form: Form) {
  res.set('cache-control', 'no-store').render(view, { form })
}

function toStale(user: ManagedUser): string {
  const { display_name: name, username, is_active: isActive } = toManagedUser(user)
  const facts = [
    name ? `the name is “${name}”` : 'there is no name',
    username ? `the username is “${username}”` : 'there is no username',
    isActive ? 'the account is active' : 'the account is deactivated',
  ]
  return `Someone has changed this account since you opened the page: now ${facts.join(', ')}. Nothing was saved. Check what you typed and send it again.`
}
