import { type Request, type Response, Router } from 'express'
import { toPlaceText } from '../../domain/audit-event/history.ts'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { type Form, readForm } from '../../http/form.ts'
import { adminsOnly, freshAdminsOnly, readMember } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import { mailForm, mailQuery } from './mail.form.ts'
import type { MailChange, MailService } from './mail.service.ts'
import { changeWords, STATE_OPTIONS, toShownMail } from './mail-words.ts'

const PAGE = '/admin/mail'
const DONE: MailChange[] = ['retried', 'cancelled', 'stopped']

export function createMailPages({ mail, cookies }: { mail: MailService; cookies: Cookies }) {
  const router = Router()

  router.get('/admin/mail', adminsOnly, async (req, res) => {
    res.set('cache-control', 'no-store')
    const read = readForm(mailQuery, req.query)
    const { form } = read
    const shown = { form, states: STATE_OPTIONS, filter: toFilterText(form), isNewest: !form.values.after }
    if (!read.ok) return res.status(422).render('pages/mail', { ...shown, mails: [], next: null })

    const { filter, after, perPage } = read.data
    const { mails, next } = await mail.list(filter, { after, most: perPage })
    res.render('pages/mail', { ...shown, mails: mails.map(toShownMail), next: next && toPlaceText(next) })
  })

  router.post('/admin/mail/retry', formBody, freshAdminsOnly, async (req, res) => {
    tell(res, await decide(req, mail.retry))
  })

  router.post('/admin/mail/cancel', formBody, freshAdminsOnly, async (req, res) => {
    tell(res, await decide(req, mail.cancel))
  })

  // Whoever opens the address of a button sees the page that it is on.
  router.get('/admin/mail/:button', (_req, res) => res.redirect(303, PAGE))

  async function decide(req: Request, work: MailService['retry']): Promise<MailChange> {
    const read = readForm(mailForm, req.body)
    if (!read.ok) return 'unknown'
    return work(read.data.id, { actor: readMember(req).user, origin: readOrigin(req) })
  }

  function tell(res: Response, change: MailChange) {
    writeFlash(cookies, res, { tone: DONE.includes(change) ? 'success' : 'info', text: changeWords[change] })
    res.redirect(303, PAGE)
  }

  return router
}

/** The filter as it stands in an address, without the page. */
function toFilterText({ values }: Form): string {
  const set = ['to', 'state'].filter((name) => values[name])
  return new URLSearchParams(Object.fromEntries(set.map((name) => [name, values[name] ?? '']))).toString()
}
