import { type Request, type RequestHandler, type Response, Router } from 'express'
import {
  type ManagedUser,
  readPowers,
  toManagedUser,
  toPublicUser,
  type UserChanges,
} from '../../domain/user/user.ts'
import { type ErrorCode, PortalError } from '../../errors.ts'
import { readActor } from '../../http/actor.ts'
import { jsonBody } from '../../http/body.ts'
import { readBody } from '../../http/form.ts'
import { adminsOnly, freshOnly, isFresh, membersOnly, readMember, withScope } from '../../http/guards.ts'
import { readUserId } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { toUserPage } from './user-page.ts'
import {
  endIsPast,
  newUserBody,
  profileBody,
  profilePatch,
  userBody,
  userListQuery,
  userPatch,
} from './users.form.ts'
import type { Change, Refusal, UsersService } from './users.service.ts'

type Dependencies = { users: UsersService; throttle: Throttle }

const refusals: Record<Exclude<Refusal, 'end-is-past'>, ErrorCode> = {
  'no-mail': 'forbidden',
  unknown: 'not_found',
  'email-taken': 'email_taken',
  'username-taken': 'username_taken',
  'last-admin': 'last_admin',
}

const deactivateForGood = { isActive: false, deactivation: { until: null } }

const NO_MAIL = 'This portal sends no email, so nobody can be invited. People register themselves.'

export function createUsersApi({ users, throttle }: Dependencies) {
  const router = Router()

  const changeMe =
    (body: typeof profilePatch | typeof profileBody): RequestHandler =>
    async (req, res) => {
      const changes = readBody(body, req.body ?? null)
      const by = readActor(req)
      await throttle.change(by.actor)
      res.json(toPublicUser(expectDone(await users.change(by.actor.id, changes, by))))
    }

  const changeSomebody =
    (body: typeof userPatch | typeof userBody): RequestHandler =>
    async (req, res) => {
      const id = readUserId(req)
      const changes = readBody(body, req.body ?? null)
      if (isAboutPowers(changes)) expectFresh(req)
      res.json(toManagedUser(expectDone(await users.change(id, changes, readActor(req)))))
    }

  router.get('/users/me', membersOnly, withScope('account:read'), async (req, res) => {
    const user = await users.find(readMember(req).user.id)
    if (!user) throw new PortalError('session_ended')
    res.json(toPublicUser(user))
  })
  const me = [membersOnly, withScope('account:write'), jsonBody]
  router.patch('/users/me', me, changeMe(profilePatch))
  router.put('/users/me', me, changeMe(profileBody))

  router.get('/users', adminsOnly, withScope('users:read'), async (req, res) => {
    const query = readBody(userListQuery, req.query)
    res.json(toUserPage(await users.list(query), query))
  })

  router.get('/users/:id', membersOnly, withScopeForWhom, async (req, res) => {
    const id = readUserId(req)
    const { user: reader } = readMember(req)
    const mayKnow = readPowers(reader) === 'admin' || reader.id === id
    const user = mayKnow ? await users.find(id) : null
    if (!user) throw new PortalError('not_found')
    res.json(toManagedUser(user))
  })

  const somebody = [adminsOnly, withScope('users:write')]
  router.post('/users', somebody, jsonBody, async (req: Request, res: Response) => {
    const newUser = readBody(newUserBody, req.body)
    if (newUser.role === 'admin') expectFresh(req)
    const user = expectDone(await users.create(newUser, readActor(req)))
    res.status(201).location(`${req.baseUrl}/users/${user.id}`).json(toManagedUser(user))
  })
  router.patch('/users/:id', somebody, jsonBody, changeSomebody(userPatch))
  router.put('/users/:id', somebody, jsonBody, changeSomebody(userBody))
  router.delete('/users/:id', somebody, freshOnly, async (req: Request, res: Response) => {
    expectDone(await users.change(readUserId(req), deactivateForGood, readActor(req)))
    res.status(204).end()
  })

  return router
}

/** Seeing yourself only reads your own account; seeing others takes more. */
const withScopeForWhom: RequestHandler = (req, res, next) => {
  const isOneself = req.params.id === readMember(req).user.id
  withScope(isOneself ? 'account:read' : 'users:read')(req, res, next)
}

/** An administrator's unattended device must not be enough to change who may do what. */
function isAboutPowers({ role, isActive }: UserChanges): boolean {
  return role !== undefined || isActive !== undefined
}

function expectFresh(req: Request): void {
  if (!isFresh(req)) throw new PortalError('reauthentication_required')
}

function expectDone(change: Change): ManagedUser {
  if (change.outcome === 'end-is-past') throw new PortalError('validation_failed', { problems: [endIsPast] })
  const detail = change.outcome === 'no-mail' ? NO_MAIL : undefined
  if (change.outcome !== 'done') throw new PortalError(refusals[change.outcome], { detail })
  return change.user
}
