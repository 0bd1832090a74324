import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openSmtpMailer } from '../../src/platform/mailer.ts'
import { type MailServer, openDrippingServer, openMailServer } from '../support/mail-server.ts'

let server: MailServer
before(async () => {
  server = await openMailServer()
})
after(() => server.close())

const SOON = { withinMs: 60_000 }
const letter = {
  to: 'ada@example.com',
  subject: 'Hello',
  text: 'As text\n',
  html: '<p>As HTML</p>',
  messageId: '<1@portal.example>',
}

test('a letter arrives as text and as HTML, with its own Message-ID', async () => {
  const mailer = openSmtpMailer({ url: server.url, from: '"Acme, Inc." <no-reply@portal.example>' })
  assert.deepEqual(await mailer.deliver(letter, SOON), { outcome: 'taken' })

  const mail = await server.nextMail()
  assert.deepEqual(mail.envelope, { from: 'no-reply@portal.example', to: ['ada@example.com'] })
  assert.deepEqual(mail.from, { name: 'Acme, Inc.', address: 'no-reply@portal.example' })
  assert.equal(mail.text?.trim(), 'As text')
  assert.match(mail.html ?? '', /<p>As HTML<\/p>/)
  assert.equal(mail.messageId, '<1@portal.example>')
})

test('nothing in a letter can add a header or another recipient', async () => {
  // REG-03
  const mailer = openSmtpMailer({ url: server.url, from: 'no-reply@portal.example' })
  const evil = 'x\r\nBcc: eve@evil.example\r\n\r\nbody'
  await mailer.deliver({ ...letter, subject: evil, messageId: `<2@x>${evil}` }, SOON)

  const mail = await server.nextMail()
  assert.deepEqual(mail.envelope.to, ['ada@example.com'])
  assert.ok(!mail.headers.some(({ key }) => key === 'bcc'))
  assert.doesNotMatch(mail.source.split('\r\n\r\n')[0] ?? '', /^Bcc:/im)
})

test('one recipient is one, even if it looks like several', async () => {
  // REG-03
  const mailer = openSmtpMailer({ url: server.url, from: 'no-reply@portal.example' })
  for (const to of [
    'ada@example.com, eve@evil.example',
    'ada@example.com\r\nRCPT TO:<eve@evil.example>',
    'Eve <eve@evil.example>',
  ]) {
    await mailer.deliver({ ...letter, to }, SOON)
  }
  assert.ok(server.mails.every(({ envelope }) => envelope.to.every((to) => !to.startsWith('eve@'))))
  assert.ok(server.mails.every(({ envelope }) => envelope.to.length === 1))
})

test('a server that is away is reported, so that another attempt can be made', async () => {
  const gone = await openMailServer()
  await gone.close()
  const { outcome } = await openSmtpMailer({ url: gone.url, from: 'a@b.example' }).deliver(letter, SOON)
  assert.equal(outcome, 'unreachable')
})

test('a server that says a little now and then is not listened to for ever', async () => {
  await using server = await openDrippingServer()
  const mailer = openSmtpMailer({ url: server.url, from: 'a@b.example' })

  const delivery = mailer.deliver(letter, { withinMs: 300 }).then(({ outcome }) => outcome)
  const tooLong = server.untilListenedToForLong().then(() => 'still listening')

  assert.equal(await Promise.race([delivery, tooLong]), 'unreachable')
  await server.untilHungUp()
})
