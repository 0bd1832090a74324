import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRepositories } from '../../../src/domain/repositories.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts'
import { createEncryption } from '../../../src/platform/encryption.ts'
import type { Mailer } from '../../../src/platform/mailer.ts'
import { createStillClock, createTestClock } from '../../support/clock.ts'
import { openWorker, write } from '../../support/outbox.ts'
import { openPortal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

/** Says what was delivered; `fails` decides which attempts do. */
function createNotingMailer(fails: (to: string) => boolean = () => false) {
  const taken: { to: string; link: string | undefined; messageId: string }[] = []
  const mailer: Mailer = {
    async deliver({ to, text, messageId }) {
      if (fails(to)) return { outcome: 'unreachable', reason: 'connection refused' }
      taken.push({ to, link: /https:\S+/.exec(text)?.[0], messageId })
      return { outcome: 'taken' }
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
    // Each sends four at once, and all have one pool of connections.
    const workers = Array.from({ length: 2 }, () => openWorker(portal, { mailer, clock }))

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

test('an email that keeps failing waits its turn behind those that were due before it', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  const { taken, mailer } = createNotingMailer((to) => to === 'bob@example.com')
  const worker = openWorker(portal, { mailer, clock })
  await write(portal, 'bob@example.com', 'https://b/1', clock.now())
  await worker.deliverDue()
  clock.forward(SECOND_MS)
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  clock.forward(5 * SECOND_MS)

  await worker.deliverDue()

  assert.deepEqual(
    taken.map(({ to }) => to),
    ['ada@example.com'],
  )
})

test('every attempt carries the same Message-ID, so that a copy is known as one', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  await write(portal, 'ada@example.com', 'https://a/1', clock.now())
  const ids: string[] = []
  const mailer: Mailer = {
    async deliver({ messageId }) {
      ids.push(messageId)
      if (ids.length < 3) return { outcome: 'unreachable', reason: 'it was taken, but the connection broke' }
      return { outcome: 'taken' }
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
  const clock = createStillClock()
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

test('an email that a newer key closed is left to the processes that have it, and given up when none came', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  const newer = createEncryption(['a-key-that-this-process-does-not-have-00'])
  const others = createRepositories(portal.database, { encryption: newer, sendsMail: true }).mails
  const content = { template: 'account-deleted', data: { name: 'Ada' } } as const
  await others.insert('ada@example.com', content, clock.now())
  clock.forward(SECOND_MS)
  await write(portal, 'ada@example.com', 'https://a/2', clock.now())
  const { taken, mailer } = createNotingMailer()
  const worker = openWorker(portal, { mailer, clock })

  await worker.deliverDue()
  clock.forward(2 * MINUTE_MS)
  const left = await others.claimNext({ now: clock.now(), heldUntil: clock.now() })
  assert.deepEqual(left?.data, content.data)
  assert.deepEqual(taken, [])

  clock.forward(HOUR_MS)
  await worker.deliverDue()
  await worker.deliverDue()
  assert.deepEqual(
    taken.map(({ link }) => link),
    ['https://a/2'],
  )
})

/** Takes mails when it is told to. */
function createSlowMailer(isSlow: (to: string) => boolean = () => true) {
  const { promise: mayTake, resolve: take } = Promise.withResolvers<void>()
  const { promise: isUnderway, resolve: underway } = Promise.withResolvers<void>()
  const sent: string[] = []
  const mailer: Mailer = {
    async deliver({ to, text }) {
      underway()
      if (isSlow(to)) await mayTake
      sent.push(`${to} ${/https:\S+/.exec(text)?.[0]}`)
      return { outcome: 'taken' }
    },
    close: () => sent.push('closed'),
  }
  return { mailer, sent, isUnderway, take }
}

test('a mailbox that is slow to take its emails holds nobody else up, and gets them in order', {
  timeout: 30_000,
}, async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  for (const link of ['https://a/1', 'https://a/2', 'https://a/3']) {
    await write(portal, 'ada@example.com', link, clock.now())
    clock.forward(SECOND_MS)
  }
  for (let count = 0; count < 6; count++)
    await write(portal, `b${count}@example.com`, 'https://b/1', clock.now())
  const { mailer, sent, take } = createSlowMailer((to) => to === 'ada@example.com')
  const worker = openWorker(portal, { mailer, clock })

  const delivering = worker.deliverDue()
  while (sent.length < 6) await new Promise(setImmediate)
  assert.ok(sent.every((each) => each.startsWith('b')))
  take()
  await delivering

  assert.deepEqual(sent.slice(6), [
    'ada@example.com https://a/1',
    'ada@example.com https://a/2',
    'ada@example.com https://a/3',
  ])
})

test('closing waits for the mails that are on their way and begins no other', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  for (let count = 0; count < 10; count++)
    await write(portal, `a${count}@example.com`, 'https://a/1', clock.now())
  const { mailer, sent, isUnderway, take } = createSlowMailer()
  const worker = openWorker(portal, { mailer, clock })
  worker.begin()
  await isUnderway
  const closing = worker.close()
  take()
  await closing

  assert.equal(sent.at(-1), 'closed')
  assert.ok(sent.length >= 2 && sent.length <= 5)
  assert.equal(await portal.database.outgoingMail.count({ where: { sentAt: null } }), 11 - sent.length)
  assert.equal(await portal.database.outgoingMail.count({ where: { sentAt: null, attempts: 1 } }), 0)
})
