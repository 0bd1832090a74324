import { Router } from 'express'
import type { DeletionService } from '../../domain/user/deletion.service.ts'
import { PortalError } from '../../errors.ts'
import { freshMembersOnly, membersOnly, readMember, withScope } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'

type Dependencies = { deletions: DeletionService; throttle: Throttle }

export function createDeletionApi({ deletions, throttle }: Dependencies) {
  const router = Router()
  const scope = withScope('account:write')

  router.post('/auth/deletion', freshMembersOnly, scope, async (req, res) => {
    await throttle.request(req)
    const request = await deletions.request(readMember(req), readOrigin(req))
    if (request.outcome === 'ended') throw new PortalError('session_ended')
    if (request.outcome === 'last-admin') throw new PortalError('last_admin')
    res.status(202).json({ deletes_at: request.at.toISOString() })
  })

  router.delete('/auth/deletion', membersOnly, scope, async (req, res) => {
    await throttle.request(req)
    const isKept = await deletions.cancel(readMember(req), readOrigin(req))
    if (!isKept) throw new PortalError('session_ended')
    res.status(204).end()
  })

  return router
}
