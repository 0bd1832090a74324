import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts'
import { openSmtpMailer } from '../../../src/platform/mailer.ts'
import { createTestClock } from '../../support/clock.ts'
import { openCutOff } from '../../support/cut-off.ts'
import { type MailServer, openMailServer } from '../../support/mail-server.ts'
import { disposable, openWorker, write } from '../../support/outbox.ts'
import { openPortal } from '../../support/portal.ts'

/** More than a worker looks at once. */
const FULL_MAILBOXES = 25
const from = 'Gatehouse <no-reply@portal.example>'

test('while the mail server is down pages work as ever, and afterwards every mail arrives', async () => {
  // C5
  await using server = await openMailServer().then(disposable)
  await using cutOff = await openCutOff({ port: server.port }).then(disposable)
  cutOff.refuse()
  await using portal = await openPortal({
    settings: { SMTP_URL: cutOff.through(server.url), TRUST_PROXY: 'loopback' },
  })
  const emails = ['ada@example.com', 'bob@example.com', 'eve@example.com']

  for (const email of emails) {
    const { status } = await portal.client.post('/auth/register', { email, password: 'copper lantern orbit' })
    assert.equal(status, 202)
  }
  await portal.services.outbox.deliverDue()
  cutOff.pass()

  const received = []
  for (const _ of emails) received.push(await server.nextMail(() => true, { withinMs: 15_000 }))
  assert.deepEqual(received.flatMap(({ envelope }) => envelope.to).sort(), emails)
  for (const mail of received) {
    assert.match(mail.text ?? '', /http:\/\/localhost:\d+\/verify-email\?token=[\w-]{43}/)
    assert.match(mail.html ?? '', /verify-email\?token=/)
    assert.match(mail.subject ?? '', /^Confirm your email for Gatehouse$/)
    assert.equal(mail.from?.address, 'no-reply@localhost')
  }
  const log = portal.lines.join('')
  assert.match(log, /a mail could not be delivered/)
  assert.doesNotMatch(log, /token=/)
  for (const { text } of received) assert.ok(!log.includes(/token=([\w-]+)/.exec(text ?? '')?.[1] ?? 'token'))
})

test('mailboxes that cannot take their mail now hold nobody else up', async () => {
  await using server = await openMailServer().then(disposable)
  server.refuse(451, { to: /^full/ })
  await using portal = await openPortal()
  const clock = createTestClock()
  for (let count = 0; count < FULL_MAILBOXES; count++)
    await write(portal, `full${count}@example.com`, 'https://a/1', clock.now())
  clock.forward(SECOND_MS)
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  const worker = openWorker(portal, { mailer: openSmtpMailer({ url: server.url, from }), clock })

  await worker.deliverDue()

  assert.deepEqual(listRecipients(server), ['ada@example.com'])
  assert.equal(
    await portal.database.outgoingMail.count({ where: { sentAt: null, failedAt: null } }),
    FULL_MAILBOXES,
  )
})

test('an email whose text the server will not take holds nobody else up', async () => {
  await using server = await openMailServer().then(disposable)
  server.refuse(452, { to: /^bob/, at: 'DATA' })
  await using portal = await openPortal()
  const clock = createTestClock()
  await write(portal, 'bob@example.com', 'https://b/1', clock.now())
  clock.forward(SECOND_MS)
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  const worker = openWorker(portal, { mailer: openSmtpMailer({ url: server.url, from }), clock })

  await worker.deliverDue()

  assert.deepEqual(listRecipients(server), ['ada@example.com'])
})

test('an email whose text the server will never take is given up, with the reason', async () => {
  await using server = await openMailServer().then(disposable)
  server.refuse(554, { at: 'DATA' })
  await using portal = await openPortal()
  const clock = createTestClock()
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  const worker = openWorker(portal, { mailer: openSmtpMailer({ url: server.url, from }), clock })

  await worker.deliverDue()

  const { failedAt, lastError } = await portal.database.outgoingMail.findFirstOrThrow()
  assert.notEqual(failedAt, null)
  assert.match(lastError ?? '', /554 Refused by the test/)
})

test('a portal that was told to stop begins no email, so that none is sent twice', async () => {
  await using server = await openMailServer().then(disposable)
  await using portal = await openPortal({ settings: { SMTP_URL: server.url, DRAIN_DELAY: '2s' } })

  const closed = portal.close({ patienceMs: 0 })
  const form = { email: 'ada@example.com', password: 'copper lantern orbit' }
  assert.equal((await portal.client.post('/auth/register', form)).status, 202)
  await closed

  assert.deepEqual(server.mails, [])
})

for (const at of ['RCPT', 'DATA'] as const) {
  test(`a server that says it is closing is left alone until the next round (after ${at})`, async () => {
    await using server = await openMailServer().then(disposable)
    server.refuse(421, { at })
    await using portal = await openPortal()
    const clock = createTestClock()
    for (let count = 0; count < 10; count++)
      await write(portal, `a${count}@example.com`, 'https://a/1', clock.now())
    const worker = openWorker(portal, { mailer: openSmtpMailer({ url: server.url, from }), clock })

    await worker.deliverDue()

    // As many as are sent at once.
    assert.ok((await portal.database.outgoingMail.count({ where: { attempts: 1 } })) <= 4)
  })
}

test('a mailbox that does not exist is not tried again, and one that is full is', async () => {
  await using server = await openMailServer({ refuseWith: 550 }).then(disposable)
  await using portal = await openPortal()
  const clock = createTestClock()
  const mailer = openSmtpMailer({ url: server.url, from })
  const worker = openWorker(portal, { mailer, clock })
  const read = (recipient: string) => portal.database.outgoingMail.findFirstOrThrow({ where: { recipient } })

  await write(portal, 'nobody@example.com', 'https://a/1', clock.now())
  await worker.deliverDue()
  assert.notEqual((await read('nobody@example.com')).failedAt, null)

  server.refuse(452)
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  await worker.deliverDue()
  assert.deepEqual(
    [(await read('ada@example.com')).failedAt, (await read('ada@example.com')).sentAt],
    [null, null],
  )
  server.accept()
  clock.forward(MINUTE_MS)
  await worker.deliverDue()
  assert.deepEqual((await server.nextMail()).envelope.to, ['ada@example.com'])
})

const listRecipients = ({ mails }: MailServer) => mails.flatMap(({ envelope }) => envelope.to)
