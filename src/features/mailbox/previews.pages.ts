import { type Request, Router } from 'express'
import { listSampleMails, sampleReaders } from '../../domain/outgoing-mail/mail-samples.ts'
import type { OutboxService } from '../../domain/outgoing-mail/outbox.service.ts'
import { PortalError } from '../../errors.ts'
import { framedBy, framing } from '../../http/security-headers.ts'

type Chosen = { reader?: string; mail?: string }

const PREVIEWS = '/dev/mailbox/previews'
const readers = new Map(Object.entries(sampleReaders))

/** Development only: every email that the portal can send, to people whose names and addresses are not easily written. */
export function createPreviewPages({ outbox, baseUrl }: { outbox: OutboxService; baseUrl: string }) {
  const router = Router()

  router.get(PREVIEWS, (_req, res) => res.redirect(303, `${PREVIEWS}/ordinary/verify-email`))

  router.get(`${PREVIEWS}/:reader/:mail`, framing, async (req: Request<Chosen>, res) => {
    const { reader, mails, chosen } = find(req.params)
    res.set('cache-control', 'no-store').render('pages/dev-previews', {
      opened: await outbox.preview(chosen.content, reader.email),
      source: `${PREVIEWS}/${reader.name}/${chosen.slug}/html`,
      reader: reader.name,
      readers: [...readers.keys()].map((name) => ({ name, href: `${PREVIEWS}/${name}/${chosen.slug}` })),
      slug: chosen.slug,
      mails: mails.map(({ slug }) => ({ slug, href: `${PREVIEWS}/${reader.name}/${slug}` })),
    })
  })

  router.get(`${PREVIEWS}/:reader/:mail/html`, framedBy, async (req: Request<Chosen>, res) => {
    const { reader, chosen } = find(req.params)
    const { html } = await outbox.preview(chosen.content, reader.email)
    res.set('cache-control', 'no-store').type('html').send(html)
  })

  function find({ reader: name = '', mail }: Chosen) {
    const reader = readers.get(name)
    const mails = reader ? listNamed(listSampleMails(reader, baseUrl)) : []
    const chosen = mails.find(({ slug }) => slug === mail)
    if (!reader || !chosen) throw new PortalError('not_found')
    return { reader: { name, email: reader.email }, mails, chosen }
  }

  return router
}

/** The second form of an email is called after its template, with a 2. */
function listNamed(mails: ReturnType<typeof listSampleMails>) {
  return mails.map((content, at) => {
    const earlier = mails.slice(0, at).filter(({ template }) => template === content.template).length
    return { content, slug: earlier ? `${content.template}-${earlier + 1}` : content.template }
  })
}
