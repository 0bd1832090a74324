import { Router } from 'express'
import type { OutboxService } from '../../domain/outgoing-mail/outbox.service.ts'
import { PortalError } from '../../errors.ts'
import { framedBy, framing } from '../../http/security-headers.ts'

const SHOWN = 50
const LINK = /https?:\/\/\S+/g

/** Development only: every mail that would have been sent. */
export function createMailboxPages({ outbox }: { outbox: OutboxService }) {
  const router = Router()

  async function findMail(id: string) {
    const mail = await outbox.find(id)
    if (!mail) throw new PortalError('not_found')
    return mail
  }

  router.get('/dev/mailbox', async (_req, res) => {
    const mails = await outbox.listNewest(SHOWN)
    res.set('cache-control', 'no-store').render('pages/dev-mailbox', { mails: mails.map(withReadableTime) })
  })

  router.get('/dev/mailbox/:id', framing, async (req, res) => {
    const mail = await findMail(String(req.params.id))
    const links = mail.text.match(LINK) ?? []
    res.set('cache-control', 'no-store').render('pages/dev-mail', { mail: withReadableTime(mail), links })
  })

  router.get('/dev/mailbox/:id/html', framedBy, async (req, res) => {
    const { html } = await findMail(String(req.params.id))
    res.set('cache-control', 'no-store').type('html').send(html)
  })

  return router
}

function withReadableTime<T extends { at: Date }>(mail: T) {
  return { ...mail, at: mail.at.toISOString() }
}
