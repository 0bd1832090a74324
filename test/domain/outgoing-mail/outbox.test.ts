import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutboxService } from '../../../src/domain/outgoing-mail/outbox.service.ts'
import { createRepositories } from '../../../src/domain/repositories.ts'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts'
import { createEncryption } from '../../../src/platform/encryption.ts'
import { renderLetter } from '../../../src/platform/letter-templates.ts'
import { type Mailer, openSmtpMailer } from '../../../src/platform/mailer.ts'
import { createTestClock } from '../../support/clock.ts'
import { openCutOff } from '../../support/cut-off.ts'
import { openMailServer } from '../../support/mail-server.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

const from = 'Gatehouse <no-reply@portal.example>'
type Clock = ReturnType<typeof createTestClock>

/** A worker of the outbox besides the portal's own, which has no mail server and sends nothing. */
function openWorker(
  { world, services, config }: Portal,
  { mailer, clock }: { mailer: Mailer; clock: Clock },
) {
  const portal = { name: config.portalName, baseUrl: config.baseUrl, ...config.brand }
  const { mails } = services.repositories
  return createOutboxService({ mails, mailer, render: renderLetter, portal, clock, log: world.log })
}

function write({ services }: Portal, to: string, link: string, at: Date) {
  const data = { name: null, link, code: '294017', expiresIn: '3 days' }
  return services.repositories.mails.insert(to, { template: 'verify-email', data }, at)
}

/** Says what was delivered; `fails` decides which attempts do. */
function createNotingMailer(fails: (to: string) => boolean = () => false) {
  const taken: { to: string; link: string | undefined; messageId: string }[] = []
  const mailer: Mailer = {
    async deliver({ to, text, messageId }) {
      if (fails(to)) throw new Error('connection refused')
      taken.push({ to, link: /https:\S+/.exec(text)?.[0], messageId })
      return null
    },
    close() {},
  }
  return { taken, mailer }
}

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`of several workers each mail is sent by exactly one: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const clock = createTestClock()
    for (let count = 0; count < 30; count++)
      await write(portal, `a${count}@example.com`, `https://a/${count}`, clock.now())
    const { taken, mailer } = createNotingMailer()
    const workers = Array.from({ length: 4 }, () => openWorker(portal, { mailer, clock }))

    await Promise.all(workers.map((worker) => worker.deliverDue()))
    await Promise.all(workers.map((worker) => worker.deliverDue()))

    assert.equal(taken.length, 30)
    assert.equal(new Set(taken.map(({ to }) => to)).size, 30)
    assert.equal(await portal.database.outgoingMail.count({ where: { sentAt: null } }), 0)
  })

  test(`a mailbox gets its mails in order, also when the first one fails for a while: ${name}`, async () => {
    // C5
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const clock = createTestClock()
    let isDown = true
    const { taken, mailer } = createNotingMailer((to) => isDown && to === 'ada@example.com')
    const worker = openWorker(portal, { mailer, clock })
    const writeNext = async (to: string, link: string) => {
      clock.forward(SECOND_MS)
      await write(portal, to, link, clock.now())
    }
    await writeNext('ada@example.com', 'https://a/1')
    for (let round = 0; round < 6; round++) {
      await worker.deliverDue()
      clock.forward(10 * SECOND_MS)
    }
    await writeNext('ada@example.com', 'https://a/2')
    await writeNext('bob@example.com', 'https://b/1')
    await writeNext('ada@example.com', 'https://a/3')
    await worker.deliverDue()
    await worker.deliverDue()
    assert.deepEqual(
      taken.map(({ link }) => link),
      ['https://b/1'],
    )

    isDown = false
    clock.forward(5 * SECOND_MS)
    await worker.deliverDue()
    assert.equal(taken.length, 1)
    clock.forward(5 * MINUTE_MS)
    await worker.deliverDue()
    assert.deepEqual(
      taken.map(({ link }) => link),
      ['https://b/1', 'https://a/1', 'https://a/2', 'https://a/3'],
    )
  })
}

test('every attempt carries the same Message-ID, so that a copy is known as one', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  const ids: string[] = []
  const mailer: Mailer = {
    async deliver({ messageId }) {
      ids.push(messageId)
      if (ids.length < 3) throw new Error('it was taken, but the connection broke')
      return null
    },
    close() {},
  }
  const worker = openWorker(portal, { mailer, clock })

  for (let round = 0; round < 5; round++) {
    await worker.deliverDue()
    clock.forward(5 * MINUTE_MS)
  }

  assert.equal(ids.length, 3)
  assert.equal(new Set(ids).size, 1)
  assert.match(ids[0] ?? '', /^<[\w-]+@localhost>$/)
})

test('a worker that died in the middle keeps a mail from nobody for long', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  const { mails } = portal.services.repositories
  const now = clock.now()
  assert.ok(await mails.claimNext({ now, heldUntil: new Date(now.getTime() + 2 * MINUTE_MS) }))
  const { taken, mailer } = createNotingMailer()
  const worker = openWorker(portal, { mailer, clock })

  await worker.deliverDue()
  assert.equal(taken.length, 0)
  clock.forward(2 * MINUTE_MS + SECOND_MS)
  await worker.deliverDue()
  assert.equal(taken.length, 1)
})

test('attempts become rarer, up to one in five minutes, and end after three days', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  const { mailer } = createNotingMailer(() => true)
  const worker = openWorker(portal, { mailer, clock })
  const pauses: number[] = []

  for (let round = 0; round < 10; round++) {
    await worker.deliverDue()
    const { nextAttemptAt, failedAt, lastError } = await portal.database.outgoingMail.findFirstOrThrow()
    assert.equal(failedAt, null)
    assert.equal(lastError, 'connection refused')
    const pauseMs = nextAttemptAt.getTime() - clock.now().getTime()
    pauses.push(Math.round(pauseMs / SECOND_MS))
    clock.forward(pauseMs + 1)
  }
  assert.deepEqual(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300])

  clock.forward(3 * DAY_MS)
  await worker.deliverDue()
  assert.notEqual((await portal.database.outgoingMail.findFirstOrThrow()).failedAt, null)
  assert.match(portal.lines.join(''), /a mail will never be delivered/)
})

test('a mail whose key is gone is given up, and the next one to that mailbox is sent', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  const others = createRepositories(
    portal.database,
    createEncryption(['a-key-that-nobody-has-any-more-000000']),
  )
  await others.mails.insert(
    'ada@example.com',
    { template: 'google-took-over', data: { name: null, link: 'https://x' } },
    clock.now(),
  )
  clock.forward(SECOND_MS)
  await write(portal, 'ada@example.com', 'https://a/2', clock.now())
  const { taken, mailer } = createNotingMailer()
  const worker = openWorker(portal, { mailer, clock })

  await worker.deliverDue()
  await worker.deliverDue()

  assert.deepEqual(
    taken.map(({ link }) => link),
    ['https://a/2'],
  )
})

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

test('closing waits for the mail that is on its way and begins no other', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  await write(portal, 'bob@example.com', 'https://b/1', clock.now())
  const { promise: isTaken, resolve: take } = Promise.withResolvers<void>()
  const { promise: isUnderway, resolve: underway } = Promise.withResolvers<void>()
  const sent: string[] = []
  const mailer: Mailer = {
    async deliver({ to }) {
      underway()
      await isTaken
      sent.push(to)
      return null
    },
    close: () => sent.push('closed'),
  }
  const worker = openWorker(portal, { mailer, clock })
  worker.begin()
  await isUnderway
  const closing = worker.close()
  take()
  await closing

  assert.equal(sent.length, 2)
  assert.equal(sent[1], 'closed')
  assert.equal(await portal.database.outgoingMail.count({ where: { sentAt: null } }), 1)
})

function disposable<T extends { close(): Promise<void> }>(neighbour: T) {
  return Object.assign(neighbour, { [Symbol.asyncDispose]: () => neighbour.close() })
}
