import { Router } from 'express'
import type { AskForProof } from '../../http/ask-for-proof.ts'
import { formBody } from '../../http/body.ts'
import { emptyForm, readForm, withError } from '../../http/form.ts'
import { isFresh, readMember, signedInOnly } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import { resume } from '../../http/resume.ts'
import { readReturnTo } from '../../http/return-to.ts'
import type { HttpSessions } from '../../http/session.ts'
import type { Throttle } from '../../http/throttle.ts'
import { reauthenticateForm, wrongPassword } from './reauthenticate.form.ts'
import type { ReauthenticateService } from './reauthenticate.service.ts'

type Dependencies = {
  reauthenticate: ReauthenticateService
  askForProof: AskForProof
  sessions: HttpSessions
  throttle: Throttle
}

/** Asks for the password, or for Google, wherever somebody was stopped. */
export function createAskForProof(reauthenticate: ReauthenticateService): AskForProof {
  return async (req, res, form) => {
    const { user } = readMember(req)
    const proofs = await reauthenticate.listProofs(user)
    res.set('cache-control', 'no-store').render('pages/reauthenticate', { form, email: user.email, proofs })
  }
}

export function createReauthenticatePages(dependencies: Dependencies) {
  const { reauthenticate, askForProof, sessions, throttle } = dependencies
  const router = Router()

  router.get('/reauthenticate', signedInOnly, async (req, res) => {
    const returnTo = readReturnTo(req)
    if (isFresh(req)) return res.redirect(303, returnTo)
    await askForProof(req, res, emptyForm({ return_to: returnTo }))
  })

  router.post('/reauthenticate', formBody, signedInOnly, async (req, res) => {
    const { user: member } = readMember(req)
    const read = readForm(reauthenticateForm, req.body)
    if (!read.ok) return askForProof(req, res.status(422), read.form)

    const attempt = await throttle.signIn(req, member.email)
    const user = await attempt.make((lane) =>
      reauthenticate.provePassword(member, read.data.password, { origin: readOrigin(req), lane }),
    )
    if (!user) {
      const form = withError(read.form, wrongPassword.field, wrongPassword.message)
      return askForProof(req, res.status(422), form)
    }

    await sessions.renew(req, res, user)
    resume(res, { returnTo: read.data.return_to, typed: read.data.typed })
  })

  return router
}
