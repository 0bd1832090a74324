import { Router } from 'express'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import { readBody } from '../../http/form.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { notMeForm } from './not-me.form.ts'
import type { NotMeService } from './not-me.service.ts'

type Dependencies = { notMe: NotMeService; throttle: Throttle }

export function createNotMeApi({ notMe, throttle }: Dependencies) {
  const router = Router()

  router.post('/auth/not-me', jsonBody, async (req, res) => {
    await throttle.request(req)
    const { token } = readBody(notMeForm, req.body)
    const wayBack = await notMe.disown({ token, knownTo: null }, readOrigin(req))
    if (!wayBack) throw new PortalError('link_expired')
    res.set('cache-control', 'no-store').json({ status: 'secured', reset_sent: wayBack.kind === 'mailed' })
  })

  return router
}
