import { type Request, Router } from 'express'
import type { EmailChangeService, MailboxProof } from '../../domain/one-time-link/email-change.service.ts'
import { toPublicUser } from '../../domain/user/user.ts'
import { PortalError } from '../../errors.ts'
import { jsonBody } from '../../http/body.ts'
import { readBody } from '../../http/form.ts'
import { freshMembersOnly, membersOnly, readMember, sessionsOnly } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import {
  confirmBody,
  emailForm,
  emailTaken,
  noMail,
  noTriesLeft,
  nothingPending,
  otherAccount,
  sameEmail,
  wrongCode,
} from './email.form.ts'

type Dependencies = { emailChange: EmailChangeService; throttle: Throttle }
type Asked = ReturnType<typeof confirmBody.parse>

export function createEmailApi({ emailChange, throttle }: Dependencies) {
  const router = Router()

  router.post('/auth/change-email', freshMembersOnly, sessionsOnly, jsonBody, async (req, res) => {
    const member = readMember(req)
    const { email } = readBody(emailForm, req.body)
    if (!emailChange.sendsMail) throw new PortalError('forbidden', { detail: `${noMail.heading}.` })

    await throttle.emailChange(member.user)
    const outcome = await emailChange.request(member, { email, origin: readOrigin(req) })
    if (outcome === 'ended') throw new PortalError('session_ended')
    if (outcome === 'same') throw refuse(sameEmail)
    res.status(202).json({ status: 'verification_sent', email })
  })

  router.post('/auth/change-email/confirm', membersOnly, sessionsOnly, jsonBody, async (req, res) => {
    const member = readMember(req)
    const { proof, succeeded } = await readProof(req, readBody(confirmBody, req.body))

    const change = await emailChange.confirm(member, proof, readOrigin(req))
    switch (change.outcome) {
      case 'changed':
        await succeeded()
        throttle.remember(req, res, change.user)
        return void res.json({ status: 'email_changed', user: toPublicUser(change.user) })
      case 'wrong-code':
        throw refuse(wrongCode)
      case 'expired':
        throw new PortalError('link_expired', { detail: nothingPending })
      case 'other-account':
        throw new PortalError('forbidden', { detail: `${otherAccount.heading}.` })
      case 'taken':
        throw new PortalError('email_taken', { detail: emailTaken })
      case 'ended':
        throw new PortalError('session_ended')
    }
  })

  router.delete('/auth/change-email', membersOnly, sessionsOnly, async (req, res) => {
    const member = readMember(req)
    await throttle.change(member.user)
    const isCancelled = await emailChange.cancel(member, readOrigin(req))
    if (!isCancelled) throw new PortalError('session_ended')
    res.status(204).end()
  })

  /** A code can be guessed: its tries are counted before it is looked at. */
  async function readProof(req: Request, asked: Asked) {
    if (asked.by === 'link') {
      await throttle.request(req)
      return { proof: asked satisfies MailboxProof, succeeded: async () => {} }
    }
    const { user } = readMember(req)
    const email = await emailChange.findPending(user)
    if (!email) throw new PortalError('link_expired', { detail: nothingPending })
    const { proofs, succeeded } = await throttle.code(req, [`${user.id} ${email}`])
    if (proofs.length === 0) throw refuse(noTriesLeft)
    return { proof: { ...asked, email } satisfies MailboxProof, succeeded }
  }

  return router
}

function refuse(problem: typeof wrongCode): PortalError {
  return new PortalError('validation_failed', { problems: [problem] })
}
