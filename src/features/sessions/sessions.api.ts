import { type Request, type Response, Router } from 'express'
import { PortalError } from '../../errors.ts'
import { freshOnly, readMember, signedInOnly, withScope } from '../../http/guards.ts'
import { readId, readOrigin } from '../../http/request.ts'
import { toPublicTree } from './session-tree.ts'
import type { MySessionsService } from './sessions.service.ts'

const ID = /^[\w-]{1,100}$/

export function createSessionsApi({ mySessions }: { mySessions: MySessionsService }) {
  const router = Router()

  router.get('/auth/sessions', signedInOnly, withScope('account:read'), async (req, res) => {
    const { user, session } = readMember(req)
    const tree = await mySessions.list(user)
    const shown = { now: new Date(), current: session.id }
    res.json({ sessions: tree.map((each) => toPublicTree(each, shown)) })
  })

  router.delete('/auth/sessions/:id', signedInOnly, withScope('account:write'), async (req, res) => {
    const { user } = readMember(req)
    const end = await mySessions.end(user, readId(req, 'id', ID), readOrigin(req))
    if (end === 'unknown') throw new PortalError('not_found')
    if (end === 'unconfirmed') throw new PortalError('temporarily_unavailable', { retryAfterSeconds: 5 })
    res.status(204).end()
  })

  const others = [signedInOnly, withScope('account:write'), freshOnly]
  router.post('/auth/logout-others', others, async (req: Request, res: Response) => {
    await mySessions.endOthers(readMember(req), readOrigin(req))
    res.status(204).end()
  })

  const family = '/auth/sessions/:id/tokens/:family_id'
  router.delete(family, signedInOnly, withScope('account:write'), async (req, res) => {
    const { user } = readMember(req)
    const key = { sessionId: readId(req, 'id', ID), familyId: readId(req, 'family_id', ID) }
    if (!(await mySessions.endFamily(user, key, readOrigin(req)))) throw new PortalError('not_found')
    res.status(204).end()
  })

  return router
}
