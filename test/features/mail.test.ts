import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mailer } from '../../src/platform/mailer.ts'
import { createTestClock } from '../support/clock.ts'
import { openShell } from '../support/command-line.ts'
import { letProofsAge } from '../support/freshness.ts'
import { boss, idOf } from '../support/office.ts'
import { openWorker, write } from '../support/outbox.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy } from '../support/strangers.ts'

const SECRET_KEY = 'a-key-that-the-portal-and-its-command-line-have-in-common'
const atCommandLine = { actor: null, origin: { ip: '', userAgent: '', requestId: '' } }

/** Takes everything, unless it is told to refuse. */
function createMailer(outcome: () => 'taken' | 'refused' | 'put-off' = () => 'taken') {
  const taken: string[] = []
  const mailer: Mailer = {
    async deliver({ to }) {
      const what = outcome()
      if (what !== 'taken') return { outcome: what, reason: `${what}: mailbox is full` }
      taken.push(to)
      return { outcome: 'taken' }
    },
    close() {},
  }
  return { taken, mailer }
}

async function signInAsBoss(portal: Portal) {
  await portal.visitor.submit('/login', { login: boss.email, password: boss.password })
  return portal.visitor
}

const idTo = async ({ database }: Portal, recipient: string) =>
  (await database.outgoingMail.findFirstOrThrow({ where: { recipient } })).id

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`an email that is cancelled while others are being sent was never sent, and one that was sent is not cancelled: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const clock = createTestClock()
    for (let count = 0; count < 40; count++)
      await write(portal, `a${count}@example.com`, 'https://a/1', clock.now())
    const ids = (await portal.database.outgoingMail.findMany()).map(({ id }) => id)
    const { taken, mailer } = createMailer()
    const workers = [1, 2].map(() => openWorker(portal, { mailer, clock }))

    const outcomes: string[] = []
    const cancelAll = async () => {
      for (const id of ids.toReversed()) outcomes.push(await portal.services.mail.cancel(id, atCommandLine))
    }
    await Promise.all([cancelAll(), ...workers.map((worker) => worker.deliverDue())])
    await workers[0]?.deliverDue()

    const mails = await portal.database.outgoingMail.findMany()
    const cancelled = mails.filter((mail) => mail.cancelledAt)
    assert.equal(cancelled.length + taken.length, 40)
    assert.equal(outcomes.filter((outcome) => outcome === 'cancelled').length, cancelled.length)
    assert.ok(cancelled.every((mail) => !mail.sentAt && !taken.includes(mail.recipient)))
    assert.equal(
      await portal.database.auditEvent.count({ where: { action: 'mail.cancelled' } }),
      cancelled.length,
    )
  })

  test(`an email that was given up goes out when an operator tries again, and what waits behind one is freed: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const clock = createTestClock()
    const { mail } = portal.services
    let outcome: 'taken' | 'refused' | 'put-off' = 'refused'
    const { taken, mailer } = createMailer(() => outcome)
    const worker = openWorker(portal, { mailer, clock })
    await write(portal, 'gone@example.com', 'https://a/1', clock.now())
    await worker.deliverDue()
    outcome = 'put-off'
    await write(portal, 'full@example.com', 'https://a/1', clock.now())
    await worker.deliverDue()
    clock.forward(1_000)
    await write(portal, 'full@example.com', 'https://a/2', clock.now())
    const [gone, full] = [await idTo(portal, 'gone@example.com'), await idTo(portal, 'full@example.com')]
    const states = async () =>
      (await mail.list({ state: null, recipient: null }, { after: null, most: 9 })).mails
        .map(({ recipient, state, attempts, lastError }) => [recipient, state, attempts, lastError])
        .toReversed()

    assert.deepEqual(await states(), [
      ['gone@example.com', 'given-up', 1, 'refused: mailbox is full'],
      ['full@example.com', 'waiting', 1, 'put-off: mailbox is full'],
      ['full@example.com', 'waiting', 0, null],
    ])
    assert.equal(await mail.cancel(full, atCommandLine), 'stopped')
    assert.equal(await mail.retry(gone, atCommandLine), 'retried')
    outcome = 'taken'
    await worker.deliverDue()

    assert.deepEqual(taken.toSorted(), ['full@example.com', 'gone@example.com'])
    assert.equal(await mail.retry(gone, atCommandLine), 'sent')
    assert.equal(await mail.cancel(full, atCommandLine), 'over')
    const given = (
      await mail.list({ state: 'given-up', recipient: 'full@example.com' }, { after: null, most: 9 })
    ).mails
    assert.deepEqual(
      given.map(({ lastError }) => lastError),
      ['an administrator stopped it'],
    )
  })
}

test('an email is not touched while it is being sent', async () => {
  await using portal = await openPortal()
  const { mail } = portal.services
  await write(portal, 'ada@example.com', 'https://a/1', new Date())
  const id = await idTo(portal, 'ada@example.com')
  const during: string[] = []
  const mailer: Mailer = {
    async deliver() {
      during.push(await mail.retry(id, atCommandLine), await mail.cancel(id, atCommandLine))
      const [shown] = (await mail.list({ state: 'sending', recipient: null }, { after: null, most: 9 })).mails
      during.push(shown?.state ?? 'not shown')
      return { outcome: 'taken' }
    },
    close() {},
  }

  await openWorker(portal, { mailer, clock: createTestClock() }).deliverDue()

  assert.deepEqual(during, ['sending', 'sending', 'sending'])
  assert.equal(await portal.database.auditEvent.count(), 0)
})

test('administrators see every email but nothing that is in it, and prove who they are before they change anything', async () => {
  await using portal = await openPortal({ people: [boss, ada], settings: behindProxy })
  const now = new Date()
  await write(portal, ada.email, 'https://gatehouse.example/verify-email?token=opens-the-account', now)
  await write(portal, 'other@example.com', 'https://gatehouse.example/verify-email?token=too', now)
  const visitor = await signInAsBoss(portal)
  const id = await idTo(portal, ada.email)

  const page = await visitor.visit('/admin/mail')
  assert.ok(page.text.includes(ada.email) && page.text.includes('other@example.com'))
  assert.ok(page.text.includes('Confirm your email') && page.text.includes('Waiting'))
  assert.doesNotMatch(page.text, /opens-the-account|294017/)
  const some = await visitor.visit(`/admin/mail?to=${ada.email}&state=waiting`)
  assert.ok(some.text.includes(ada.email) && !some.text.includes('other@example.com'))
  assert.doesNotMatch((await visitor.visit('/admin/mail?state=sent')).text, /To ada/)

  await letProofsAge(portal)
  await visitor.submit('/admin/mail/cancel', { id })
  assert.equal(await portal.database.outgoingMail.count({ where: { cancelledAt: { not: null } } }), 0)
  await portal.openVisitor().submit('/admin/mail/cancel', { id })
  assert.equal(await portal.database.outgoingMail.count({ where: { cancelledAt: { not: null } } }), 0)

  const fresh = portal.openVisitor()
  await fresh.submit('/login', { login: boss.email, password: boss.password })
  await fresh.submit('/admin/mail/cancel', { id })
  assert.match((await fresh.visit('/admin/mail')).text, /The email is cancelled\. It was never sent\./)
  const [event, ...more] = await portal.database.auditEvent.findMany({ where: { action: 'mail.cancelled' } })
  assert.deepEqual(
    [event?.actorId, event?.subjectId, more],
    [await idOf(portal, boss), await idOf(portal, ada), []],
  )
  await fresh.submit('/admin/mail/retry', { id: 'nonsense' })
  assert.match((await fresh.visit('/admin/mail')).text, /That email is gone\./)
}) // AUT-06

test('gatehouse mail lists, retries and cancels emails, and never shows what is in them', async () => {
  await using store = await stores[0]?.open()
  const settings = { ...store?.settings, SECRET_KEY }
  await using shell = await openShell(settings)
  await using portal = await openPortal({ settings })
  await write(portal, 'ada@example.com', 'https://gatehouse.example/opens-the-account', new Date())
  const id = await idTo(portal, 'ada@example.com')

  const listed = await shell.gatehouse(['mail', 'list', '--state', 'waiting'])
  const told = await shell.gatehouse(['mail', 'list', '--to', 'ada@example.com', '--json'])
  const cancelled = await shell.gatehouse(['mail', 'cancel', id])
  const again = await shell.gatehouse(['mail', 'retry', id])

  assert.match(listed.output, new RegExp(`\n${id} +ada@example.com +verify-email +waiting +0 `))
  assert.equal(JSON.parse(told.output)[0].state, 'waiting')
  assert.doesNotMatch(listed.output + told.output, /opens-the-account|294017/)
  assert.deepEqual(cancelled, { code: 0, output: 'The email is cancelled. It was never sent.\n', errors: '' })
  assert.deepEqual(again, { code: 1, output: '', errors: 'Nothing more is done about that email.\n' })
})
