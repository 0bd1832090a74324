import { type Request, type Response, Router } from 'express'
import type { PasswordResetService } from '../../domain/one-time-link/password-reset.service.ts'
import { PortalError } from '../../errors.ts'
import { readActor } from '../../http/actor.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { type Flash, writeFlash } from '../../http/flash.ts'
import { readForm } from '../../http/form.ts'
import { freshAdminsOnly } from '../../http/guards.ts'
import { readUserId } from '../../http/request.ts'
import {
  endSessionForm,
  lastAdmin,
  news,
  reactivateForm,
  roleForm,
  stale,
  toSent,
} from './managed-user.form.ts'
import type { By, Change, Stale, UsersService } from './users.service.ts'

/** Somebody's sessions; the service is another door's. */
type UserSessions = {
  end(id: string, by: By): Promise<'ended' | 'unconfirmed' | 'unknown'>
  endAll(userId: string, by: By): Promise<number>
}
type Dependencies = {
  users: UsersService
  userSessions: UserSessions
  passwordReset: Pick<PasswordResetService, 'sendTo'>
  cookies: Cookies
}

/** Each button of somebody's page has an address of its own, and leads back to the page. */
export function createUserActionPages({ users, userSessions, passwordReset, cookies }: Dependencies) {
  const router = Router()
  const button = [formBody, freshAdminsOnly]

  router.post('/admin/users/:id/role', button, async (req: Request, res: Response) => {
    const read = readForm(roleForm, req.body)
    if (!read.ok) return goBack(req, res, stale)
    const { role, version: asOf } = read.data
    const change = await users.changeAsShown(readUserId(req), { role }, { ...readActor(req), asOf })
    goBack(req, res, toNews(change, role === 'admin' ? news.promoted : news.demoted))
  })

  router.post('/admin/users/:id/reactivate', button, async (req: Request, res: Response) => {
    const read = readForm(reactivateForm, req.body)
    if (!read.ok) return goBack(req, res, stale)
    const by = { ...readActor(req), asOf: read.data.version }
    const change = await users.changeAsShown(readUserId(req), { isActive: true }, by)
    goBack(req, res, toNews(change, news.reactivated))
  })

  router.post('/admin/users/:id/end-sessions', button, async (req: Request, res: Response) => {
    const id = readUserId(req)
    if (!(await users.find(id))) throw new PortalError('not_found')
    await userSessions.endAll(id, readActor(req))
    goBack(req, res, news.sessionsEnded)
  })

  router.post('/admin/users/:id/end-session', button, async (req: Request, res: Response) => {
    const read = readForm(endSessionForm, req.body)
    const id = read.ok ? read.data.session : ''
    goBack(req, res, news[await userSessions.end(id, readActor(req))])
  })

  router.post('/admin/users/:id/send-link', button, async (req: Request, res: Response) => {
    const id = readUserId(req)
    const sending = await passwordReset.sendTo(id, readActor(req))
    const user = await users.find(id)
    if (sending === 'unknown' || !user) throw new PortalError('not_found')
    goBack(req, res, toSent(sending, user.email))
  })

  // Whoever opens the address of a button sees the page that it is on.
  router.get('/admin/users/:id/:button', (req, res) => res.redirect(303, `/admin/users/${readUserId(req)}`))

  function goBack(req: Request, res: Response, flash: Flash) {
    writeFlash(cookies, res, flash)
    res.redirect(303, `/admin/users/${readUserId(req)}`)
  }

  return router
}

function toNews({ outcome }: Change | Stale, done: Flash): Flash {
  if (outcome === 'done') return done
  if (outcome === 'last-admin') return lastAdmin
  if (outcome === 'unknown') throw new PortalError('not_found')
  return stale
}
