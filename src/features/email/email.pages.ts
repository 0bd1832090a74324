import { type Request, type Response, Router } from 'express'
import type { EmailChange, EmailChangeService } from '../../domain/one-time-link/email-change.service.ts'
import type { User } from '../../domain/user/user.ts'
import { PortalError } from '../../errors.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, type Form, readForm, withError } from '../../http/form.ts'
import { freshMembersOnly, membersOnly, readMember } from '../../http/guards.ts'
import { createMailedLink } from '../../http/mailed-link.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import {
  codeForm,
  emailForm,
  emailTaken,
  linkForm,
  linkGone,
  noMail,
  noTriesLeft,
  nothingPending,
  otherAccount,
  sameEmail,
  wrongCode,
} from './email.form.ts'

type Dependencies = { emailChange: EmailChangeService; throttle: Throttle; cookies: Cookies }

const PAGE = '/account/email'

export function createEmailPages({ emailChange, throttle, cookies }: Dependencies) {
  const router = Router()
  const link = createMailedLink({ cookies, page: '/account/email/confirm' })

  router.get(PAGE, membersOnly, async (req, res) => {
    if (!emailChange.sendsMail) return showNoMail(res)
    const { user } = readMember(req)
    const pending = await emailChange.findPending(user)
    if (pending) showPending(res, emptyForm({ email: pending }), pending)
    else showAsk(res, emptyForm(), user)
  })

  router.post(PAGE, formBody, freshMembersOnly, async (req, res) => {
    if (!emailChange.sendsMail) return showNoMail(res)
    const member = readMember(req)
    const read = readForm(emailForm, req.body)
    if (!read.ok) return showAsk(res.status(422), read.form, member.user)

    await throttle.emailChange(member.user)
    const before = await emailChange.findPending(member.user)
    const { email } = read.data
    const outcome = await emailChange.request(member, { email, origin: readOrigin(req) })
    if (outcome === 'ended') throw new PortalError('session_ended')
    if (outcome === 'same')
      return showAsk(res.status(422), withError(read.form, sameEmail.field, sameEmail.message), member.user)
    const text = `A new email to ${email} is on its way. We send three an hour at most.`
    if (before === email) writeFlash(cookies, res, { tone: 'info', text })
    res.redirect(303, PAGE)
  })

  router.post('/account/email/code', formBody, membersOnly, async (req, res) => {
    const member = readMember(req)
    const read = readForm(codeForm, req.body)
    const email = (read.ok && read.data.email) || (await emailChange.findPending(member.user)) || ''
    if (!read.ok) return showPending(res.status(422), read.form, email)

    const mend = ({ field, message }: typeof wrongCode) =>
      showPending(res.status(422), withError(read.form, field, message), email)
    const { proofs, succeeded } = await throttle.code(req, [`${member.user.id} ${email}`])
    if (proofs.length === 0) return mend(noTriesLeft)
    const change = await emailChange.confirm(member, { by: 'code', ...read.data, email }, readOrigin(req))
    if (change.outcome === 'wrong-code') return mend(wrongCode)
    if (change.outcome === 'changed') await succeeded()
    finish(req, res, change)
  })

  // Who is signed out goes to sign in first; the token waits in its cookie meanwhile.
  router.get('/account/email/confirm', link.leaveAddress, membersOnly, async (req, res) => {
    const token = link.readToken(req)
    if (token === null) return res.redirect(303, PAGE)
    const state = await emailChange.inspect(readMember(req).user, token)
    if (state.outcome === 'expired') return showExpired(res)
    if (state.outcome === 'other-account') return res.status(409).render('pages/trouble', otherAccount)
    showConfirm(res, emptyForm({ token, email: state.email }))
  })

  router.post('/account/email/confirm', formBody, membersOnly, async (req, res) => {
    await throttle.request(req)
    const member = readMember(req)
    const read = readForm(linkForm, req.body)
    // Whoever had to sign in on the way here has it in the cookie only.
    const token = read.ok ? read.data.token : link.readToken(req)
    if (token === null) {
      writeFlash(cookies, res, { tone: 'info', text: linkGone })
      return res.redirect(303, PAGE)
    }

    const change = await emailChange.confirm(member, { by: 'link', token }, readOrigin(req))
    if (change.outcome === 'expired') return showExpired(res)
    if (change.outcome === 'other-account') return res.status(409).render('pages/trouble', otherAccount)
    finish(req, res, change)
  })

  router.post('/account/email/cancel', formBody, membersOnly, async (req, res) => {
    const member = readMember(req)
    await throttle.change(member.user)
    const isCancelled = await emailChange.cancel(member, readOrigin(req))
    if (!isCancelled) throw new PortalError('session_ended')
    link.forget(res)
    writeFlash(cookies, res, { tone: 'success', text: `Your email stays ${member.user.email}.` })
    res.redirect(303, PAGE)
  })

  // Whoever opens the address of a button sees the page that it is on.
  router.get(['/account/email/code', '/account/email/cancel'], (_req, res) => res.redirect(303, PAGE))

  function finish(req: Request, res: Response, change: EmailChange) {
    switch (change.outcome) {
      case 'changed': {
        link.forget(res)
        throttle.remember(req, res, change.user)
        writeFlash(cookies, res, { tone: 'success', text: `Your email is now ${change.user.email}.` })
        return res.redirect(303, '/account')
      }
      case 'taken':
        writeFlash(cookies, res, { tone: 'warning', text: emailTaken })
        return res.redirect(303, PAGE)
      case 'ended':
        throw new PortalError('session_ended')
      default:
        writeFlash(cookies, res, { tone: 'info', text: nothingPending })
        return res.redirect(303, PAGE)
    }
  }

  function showExpired(res: Response) {
    link.forget(res)
    res.status(410).render('pages/confirm-email', { state: 'expired', form: emptyForm() })
  }

  return router
}

function showAsk(res: Response, form: Form, { email }: User) {
  res.set('cache-control', 'no-store').render('pages/email', { state: 'ask', form, email, path: PAGE })
}

function showPending(res: Response, form: Form, pending: string) {
  res
    .set('cache-control', 'no-store')
    .render('pages/email', { state: 'pending', form, email: pending, path: PAGE })
}

function showConfirm(res: Response, form: Form) {
  res.set('cache-control', 'no-store').render('pages/confirm-email', { state: 'confirm', form })
}

function showNoMail(res: Response) {
  res.status(403).render('pages/trouble', noMail)
}
