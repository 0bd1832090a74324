import { type Response, Router } from 'express'
import type { EmailUndoService } from '../../domain/one-time-link/email-undo.service.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, readForm } from '../../http/form.ts'
import { createMailedLink } from '../../http/mailed-link.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { carryAddress } from '../../http/typed-address.ts'
import { takenMeanwhile, undoForm } from './undo-email-change.form.ts'

type Dependencies = { emailUndo: EmailUndoService; throttle: Throttle; cookies: Cookies }

export function createUndoEmailChangePages({ emailUndo, throttle, cookies }: Dependencies) {
  const router = Router()
  const link = createMailedLink({ cookies, page: '/undo-email-change' })

  router.get('/undo-email-change', link.leaveAddress, async (req, res) => {
    const token = link.readToken(req)
    if (token === null) return res.redirect(303, '/')
    const state = await emailUndo.inspect(token)
    if (state.outcome === 'expired') return showExpired(res)
    const form = emptyForm({ token, email: state.email })
    res.set('cache-control', 'no-store')
    res.render('pages/undo-email-change', { state: state.outcome, form })
  })

  router.post('/undo-email-change', formBody, async (req, res) => {
    await throttle.request(req)
    const read = readForm(undoForm, req.body)
    if (!read.ok) return showExpired(res)

    const undo = await emailUndo.undo(read.data.token, readOrigin(req))
    if (undo.outcome === 'expired') return showExpired(res)
    if (undo.outcome === 'taken') return res.status(409).render('pages/trouble', takenMeanwhile)
    link.forget(res)
    carryAddress(cookies, res, undo.email)
    writeFlash(cookies, res, { tone: 'success', text: toSentence(undo) })
    res.redirect(303, '/forgot-password')
  })

  function showExpired(res: Response) {
    link.forget(res)
    res.status(410).render('pages/undo-email-change', { state: 'expired', form: emptyForm() })
  }

  return router
}

function toSentence({ outcome, email }: { outcome: 'restored' | 'cancelled' | 'unchanged'; email: string }) {
  const next = 'If someone else changed it, they may know your password: choose a new one now.'
  if (outcome === 'restored') return `Your email is ${email} again, and everyone is signed out. ${next}`
  return `Your email stays ${email}. ${next.replace('changed it', 'asked for the change')}`
}
