import { Router } from 'express'
import { z } from 'zod'
import { toPlaceText } from '../../domain/audit-event/history.ts'
import { toDeviceName } from '../../domain/session/device-name.ts'
import { toInitial } from '../../domain/user/initial.ts'
import { toManagedUser } from '../../domain/user/user.ts'
import { PortalError } from '../../errors.ts'
import { readForm } from '../../http/form.ts'
import { adminsOnly, readMember } from '../../http/guards.ts'
import { perPageField } from '../../http/paging.ts'
import { placeField } from '../../http/place.ts'
import { readUserId } from '../../http/request.ts'
import type { FiledEvent, UserFile, UserFileService } from './user-file.service.ts'
import type { UsersService } from './users.service.ts'

type Dependencies = { users: UsersService; userFile: UserFileService }

const NEWEST = 10
const historyQuery = z.object({ per_page: perPageField, after: placeField })

/** What the portal knows of somebody, and the buttons; what they do is in user-actions.pages.ts. */
export function createUserPages({ users, userFile }: Dependencies) {
  const router = Router()

  async function find(id: string) {
    const user = await users.find(id)
    if (!user) throw new PortalError('not_found')
    return user
  }

  router.get('/admin/users/:id', adminsOnly, async (req, res) => {
    const user = await find(readUserId(req))
    const [file, history] = await Promise.all([
      userFile.read(user),
      userFile.listEvents(user, { after: null, most: NEWEST }),
    ])
    res.set('cache-control', 'no-store').render('pages/user', {
      user: toManagedUser(user),
      initial: toInitial(user),
      isOneself: user.id === readMember(req).user.id,
      ...toFacts(file),
      events: history.events.map(toEvent),
      hasMore: history.next !== null,
    })
  })

  router.get('/admin/users/:id/history', adminsOnly, async (req, res) => {
    const user = await find(readUserId(req))
    const read = readForm(historyQuery, req.query)
    if (!read.ok) return res.redirect(303, `/admin/users/${user.id}/history`)

    const { after, per_page: most } = read.data
    const { events, next } = await userFile.listEvents(user, { after, most })
    res.set('cache-control', 'no-store').render('pages/user-history', {
      user: toManagedUser(user),
      events: events.map(toEvent),
      next: next && toPlaceText(next),
      isNewest: after === null,
    })
  })

  return router
}

function toFacts({ sessions, identities, deletesAt, ...facts }: UserFile) {
  return {
    ...facts,
    deletesAt: deletesAt?.toISOString() ?? null,
    identities: identities.flatMap(({ provider, identity }) => (identity ? [{ ...identity, provider }] : [])),
    sessions: sessions.map(({ session, place, families }) => ({
      ...session,
      place,
      device: toDeviceName(session.userAgent),
      clients: families.map(({ clientName }) => clientName ?? 'A program'),
    })),
  }
}

function toEvent({ at, userAgent, ...event }: FiledEvent) {
  return { ...event, at: at.toISOString(), device: event.ip ? toDeviceName(userAgent) : null }
}
