import { Router } from 'express'
import type { EmailUndoService } from '../../domain/one-time-link/email-undo.service.ts'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import { readBody } from '../../http/form.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { takenMeanwhile, undoForm } from './undo-email-change.form.ts'

type Dependencies = { emailUndo: EmailUndoService; throttle: Throttle }

export function createUndoEmailChangeApi({ emailUndo, throttle }: Dependencies) {
  const router = Router()

  router.post('/auth/undo-email-change', jsonBody, async (req, res) => {
    await throttle.request(req)
    const { token } = readBody(undoForm, req.body)

    const undo = await emailUndo.undo(token, readOrigin(req))
    if (undo.outcome === 'expired') throw new PortalError('link_expired')
    if (undo.outcome === 'taken') throw new PortalError('email_taken', { detail: takenMeanwhile.text })
    res.set('cache-control', 'no-store').json({ status: undo.outcome, email: undo.email })
  })

  return router
}
