import { Router } from 'express'
import { PortalError } from '../../errors.ts'
import { freshMembersOnly, readMember, withScope } from '../../http/guards.ts'
import { sendPieces } from '../../http/send-pieces.ts'
import type { Throttle } from '../../http/throttle.ts'
import type { DataService } from './data.service.ts'
import { writeDataFile } from './data-file.ts'

export function createDataApi({ data, throttle }: { data: DataService; throttle: Throttle }) {
  const router = Router()

  router.get('/auth/data', freshMembersOnly, withScope('account:read'), async (req, res) => {
    await throttle.request(req)
    const mine = await data.collect(readMember(req).user)
    if (!mine) throw new PortalError('session_ended')
    await sendPieces(res, writeDataFile(mine))
  })

  return router
}
