import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { MINUTE_MS, SECOND_MS } from '../../src/domain/time.ts'
import { openSmtpMailer } from '../../src/platform/mailer.ts'
import { openSesMailer } from '../../src/platform/ses-mailer.ts'
import { createTestClock } from '../support/clock.ts'
import { openMailServer } from '../support/mail-server.ts'
import { disposable, openWorker, write } from '../support/outbox.ts'
import { openPortal } from '../support/portal.ts'
import { openSes } from '../support/ses.ts'

const from = '"Acme, Inc." <no-reply@portal.example>'
const region = 'eu-central-1'
const SOON = { withinMs: 60_000 }
const letter = {
  to: 'ada@example.com',
  subject: 'Hello فاطمة',
  text: 'As text\n',
  html: '<p>As HTML</p>',
  messageId: '<1@portal.example>',
}
const { cache } = createRequire(import.meta.url)
const isSdkLoaded = () => Object.keys(cache).some((file) => file.includes('@aws-sdk/client-sesv2'))

test('the AWS SDK is loaded with the first letter, and never where SES is not used', async () => {
  await using ses = await openSes()
  await using portal = await openPortal({ settings: { SES_REGION: region } })
  assert.equal(isSdkLoaded(), false)

  await portal.client.post('/auth/register', { email: letter.to, password: 'copper lantern orbit' })
  await ses.untilAsked(1)

  assert.equal(isSdkLoaded(), true)
  assert.equal((await portal.visitor.visit('/dev/mailbox')).status, 404)
  assert.match(ses.requests[0]?.raw ?? '', /Subject: Confirm your email for Gatehouse/)
})

test('what SES gets is signed for its region, and is the letter that an SMTP server would get', async () => {
  await using ses = await openSes()
  await using server = await openMailServer().then(disposable)
  const bySmtp = openSmtpMailer({ url: server.url, from })
  const bySes = openSesMailer({ region, from })

  assert.deepEqual(await bySes.deliver(letter, SOON), { outcome: 'taken' })
  await bySmtp.deliver(letter, SOON)

  const [request] = ses.requests
  const { source } = await server.nextMail()
  assert.match(
    request?.authorization ?? '',
    /^AWS4-HMAC-SHA256 Credential=AKIATESTTESTTEST\/\d{8}\/eu-central-1\/ses\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
  )
  assert.equal(request?.path, '/v2/email/outbound-emails')
  assert.deepEqual([request?.from, request?.to], [from, ['ada@example.com']])
  assert.match(request?.raw ?? '', /^Message-ID: <1@portal\.example>\r$/m)
  assert.equal(withoutChance(request?.raw ?? ''), withoutChance(source))
})

test('nothing in a letter can add a header or another recipient', async () => {
  // REG-03
  await using ses = await openSes()
  const evil = 'x\r\nBcc: eve@evil.example\r\n\r\nbody'

  await openSesMailer({ region, from }).deliver({ ...letter, subject: evil, messageId: `<2@x>${evil}` }, SOON)
  await openSesMailer({ region, from }).deliver({ ...letter, to: 'ada@example.com, eve@evil.example' }, SOON)

  assert.ok(ses.requests.every(({ to }) => to.length === 1 && !String(to).startsWith('eve')))
  assert.ok(ses.requests.every(({ raw }) => !/^Bcc:/im.test(raw.split('\r\n\r\n')[0] ?? '')))
})

const answers = [
  [429, 'TooManyRequestsException', 'Rate exceeded', 'unreachable'],
  [400, 'ThrottlingException', 'Rate exceeded', 'unreachable'],
  [400, 'LimitExceededException', 'Daily message quota exceeded.', 'unreachable'],
  [400, 'SendingPausedException', 'Sending is paused.', 'unreachable'],
  [400, 'MailFromDomainNotVerifiedException', 'Not yet.', 'unreachable'],
  [403, 'AccessDeniedException', 'not authorized to perform ses:SendEmail', 'unreachable'],
  [403, 'SignatureDoesNotMatch', 'The signature does not match.', 'unreachable'],
  [500, 'InternalFailure', 'Something went wrong.', 'unreachable'],
  [503, 'ServiceUnavailable', 'Come back later.', 'unreachable'],
  [400, 'MessageRejected', 'Email address is not verified: a@b.example', 'put-off'],
  [400, 'MessageRejected', 'Transaction failed: Address blacklisted.', 'refused'],
  [400, 'BadRequestException', 'Missing final @domain', 'refused'],
] as const

for (const [status, type, message, outcome] of answers) {
  test(`SES answers ${status} ${type} (${message}): ${outcome}, and asked once`, async () => {
    await using ses = await openSes()
    ses.answerNext({ status, type, message })

    const delivery = await openSesMailer({ region, from }).deliver(letter, SOON)

    assert.equal(delivery.outcome, outcome)
    assert.match(JSON.stringify(delivery), new RegExp(type))
    assert.equal(ses.requests.length, 1)
  })
}

test('when SES does not answer, nobody knows whether the letter went out: it is sent again, as the same one', async () => {
  await using ses = await openSes()
  ses.answerNext('silence')
  await using portal = await openPortal()
  const clock = createTestClock()
  const mailer = openSesMailer({ region, from })
  const impatient = { ...mailer, deliver: (each: typeof letter) => mailer.deliver(each, { withinMs: 500 }) }
  const worker = openWorker(portal, { mailer: impatient, clock })
  await write(portal, letter.to, 'https://a/1', clock.now())

  await worker.deliverDue()
  const waiting = await portal.database.outgoingMail.findFirstOrThrow()
  clock.forward(5 * SECOND_MS)
  await worker.deliverDue()

  assert.deepEqual([waiting.sentAt, waiting.failedAt], [null, null])
  assert.equal(await portal.database.outgoingMail.count({ where: { sentAt: null } }), 0)
  const ids = ses.requests.map(({ raw }) => /^Message-ID: (.+)\r$/m.exec(raw)?.[1])
  assert.equal(ids.length, 2)
  assert.ok(ids[0] && ids[0] === ids[1])
})

test('what SES has no time for now is sent later; an address that it refuses is given up', async () => {
  await using ses = await openSes()
  ses.answerNext({ status: 429, type: 'TooManyRequestsException', message: 'Rate exceeded' })
  ses.answerNext({ status: 500, type: 'InternalFailure', message: 'Sorry' })
  await using portal = await openPortal()
  const clock = createTestClock()
  const worker = openWorker(portal, { mailer: openSesMailer({ region, from }), clock })
  await write(portal, letter.to, 'https://a/1', clock.now())

  for (let round = 0; round < 3; round++) {
    await worker.deliverDue()
    clock.forward(MINUTE_MS)
  }
  assert.equal(ses.requests.length, 3)
  assert.equal(await portal.database.outgoingMail.count({ where: { sentAt: null } }), 0)

  ses.answerNext({ status: 400, type: 'BadRequestException', message: 'Illegal address' })
  await write(portal, 'bob@example.com', 'https://b/1', clock.now())
  await worker.deliverDue()
  const { failedAt, lastError } = await portal.database.outgoingMail.findFirstOrThrow({
    where: { recipient: 'bob@example.com' },
  })
  assert.notEqual(failedAt, null)
  assert.equal(lastError, 'BadRequestException: Illegal address')
})

test('stopping waits for the letter that SES is just taking', async () => {
  await using ses = await openSes()
  const portal = await openPortal({ settings: { SES_REGION: region, DRAIN_DELAY: '0s' } })
  await portal.client.post('/auth/register', { email: letter.to, password: 'copper lantern orbit' })
  await ses.untilAsked(1)

  await portal.close()

  await using again = await openPortal({ settings: { DATA_DIR: portal.dataDir, SES_REGION: region } })
  assert.equal(await again.database.outgoingMail.count({ where: { sentAt: null } }), 0)
  assert.equal(ses.requests.length, 1)
})

/** Boundaries and the time are new in each copy. */
function withoutChance(raw: string): string {
  return raw.replaceAll(/--_NmP[\w.-]+|_NmP-[\w.-]+/g, 'boundary').replace(/^Date: .*$/m, 'Date')
}
