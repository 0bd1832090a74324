import { type Response, Router } from 'express'
import type { Letter, OutboxService } from '../../domain/outgoing-mail/outbox.service.ts'
import { PortalError } from '../../errors.ts'
import { framedBy, framing } from '../../http/security-headers.ts'

const SHOWN = 50
const LINK = /https?:\/\/\S+/g

/** Development only: every email that would have been sent, with the newest one open. */
export function createMailboxPages({ outbox, baseUrl }: { outbox: OutboxService; baseUrl: string }) {
  const router = Router()

  router.get('/dev/mailbox', framing, async (_req, res) => {
    const mails = await outbox.listNewest(SHOWN)
    show(res, { mails, opened: mails[0] ?? null })
  })

  router.get('/dev/mailbox/:id', framing, async (req, res) => {
    const opened = await findMail(String(req.params.id))
    show(res, { mails: await outbox.listNewest(SHOWN), opened })
  })

  router.get('/dev/mailbox/:id/html', framedBy, async (req, res) => {
    const { html } = await findMail(String(req.params.id))
    res.set('cache-control', 'no-store').type('html').send(html)
  })

  function show(res: Response, { mails, opened }: { mails: Letter[]; opened: Letter | null }) {
    const links = (opened?.text.match(LINK) ?? []).filter((link) => link !== baseUrl)
    res.set('cache-control', 'no-store').render('pages/dev-mailbox', {
      mails: mails.map(withReadableTime),
      opened: opened && withReadableTime(opened),
      links,
    })
  }

  async function findMail(id: string): Promise<Letter> {
    const mail = await outbox.find(id)
    if (!mail) throw new PortalError('not_found')
    return mail
  }

  return router
}

function withReadableTime(mail: Letter) {
  return { ...mail, at: mail.at.toISOString() }
}
