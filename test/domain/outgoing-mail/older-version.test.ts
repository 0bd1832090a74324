import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailContent } from '../../../src/domain/outgoing-mail/outgoing-mail.ts'
import { openSmtpMailer } from '../../../src/platform/mailer.ts'
import { createTestClock } from '../../support/clock.ts'
import { openMailServer } from '../../support/mail-server.ts'
import { disposable, openWorker } from '../../support/outbox.ts'
import { openPortal } from '../../support/portal.ts'

/** What versions before the mailed codes left in the outbox, and still put there while processes are replaced one by one. */
const withoutCode = {
  template: 'verify-email',
  data: { name: null, link: 'https://a/1', expiresIn: '3 days' },
} as unknown as MailContent

test('a confirmation email that an older version wrote, without a code, arrives with its link', async () => {
  await using server = await openMailServer().then(disposable)
  await using portal = await openPortal()
  const clock = createTestClock()
  await portal.services.repositories.mails.insert('ada@example.com', withoutCode, clock.now())
  const from = 'Gatehouse <no-reply@portal.example>'
  const worker = openWorker(portal, { mailer: openSmtpMailer({ url: server.url, from }), clock })

  await worker.deliverDue()

  const { text = '', html = '' } = await server.nextMail()
  for (const form of [text, html]) {
    assert.match(form, /https:\/\/a\/1/)
    assert.doesNotMatch(form, /code|undefined|null/i)
  }
  assert.equal((await portal.visitor.visit('/dev/mailbox')).status, 200)
})
