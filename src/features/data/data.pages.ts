import { Router } from 'express'
import { PortalError } from '../../errors.ts'
import { freshMembersOnly, membersOnly, readMember } from '../../http/guards.ts'
import { sendPieces } from '../../http/send-pieces.ts'
import type { Throttle } from '../../http/throttle.ts'
import type { DataService } from './data.service.ts'
import { writeDataFile } from './data-file.ts'

export function createDataPages({ data, throttle }: { data: DataService; throttle: Throttle }) {
  const router = Router()

  router.get('/account/data', membersOnly, (_req, res) => {
    res.set('cache-control', 'no-store').render('pages/data')
  })

  router.get('/account/data/download', freshMembersOnly, async (req, res) => {
    await throttle.request(req)
    const mine = await data.collect(readMember(req).user)
    if (!mine) throw new PortalError('session_ended')
    const day = mine.madeAt.toISOString().slice(0, 10)
    res.attachment(`my-account-${day}.json`)
    await sendPieces(res, writeDataFile(mine))
  })

  return router
}
