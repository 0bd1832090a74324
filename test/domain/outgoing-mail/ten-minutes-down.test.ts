import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../../src/domain/time.ts'
import { openSmtpMailer } from '../../../src/platform/mailer.ts'
import { createTestClock } from '../../support/clock.ts'
import { openCutOff } from '../../support/cut-off.ts'
import { openMailServer } from '../../support/mail-server.ts'
import { disposable, openWorker } from '../../support/outbox.ts'
import { ada, grace } from '../../support/people.ts'
import { openPortal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'
import { behindProxy, openStranger } from '../../support/strangers.ts'

const from = 'Gatehouse <no-reply@portal.example>'

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`after ten minutes without a mail server everybody has every email, in order, and no page noticed: ${name}`, async () => {
    // C5
    await using store = await open()
    await using server = await openMailServer().then(disposable)
    await using cutOff = await openCutOff({ port: server.port }).then(disposable)
    const clock = createTestClock()
    const settings = { ...store.settings, ...behindProxy }
    await using portal = await openPortal({ people: [ada, grace], settings, clock })
    const mailer = openSmtpMailer({ url: cutOff.through(server.url), from })
    await using worker = disposable(openWorker(portal, { mailer, clock }))
    const ask = async (path: string, form: object) => (await openStranger(portal).post(path, form)).status

    cutOff.refuse()
    for (let minute = 0; minute < 10; minute++) {
      const newcomer = { email: `new${minute}@example.com`, password: 'copper lantern orbit' }
      assert.equal(await ask('/auth/register', newcomer), 202)
      if (minute % 4 === 0) assert.equal(await ask('/auth/forgot-password', { email: ada.email }), 202)
      if (minute % 5 === 0) assert.equal(await ask('/auth/register', { ...newcomer, email: ada.email }), 202)
      if (minute === 7) assert.equal(await ask('/auth/forgot-password', { email: grace.email }), 202)
      assert.equal((await openStranger(portal).visit('/login')).status, 200)
      await portal.world.afterwards.settle()
      await worker.deliverDue()
      clock.forward(MINUTE_MS)
    }
    assert.equal(server.mails.length, 0)
    const waiting = await portal.database.outgoingMail.findMany({ orderBy: { createdAt: 'asc' } })
    assert.equal(waiting.length, 10 + 3 + 2 + 1)

    cutOff.pass()
    // No pause between two attempts is longer than five minutes.
    for (let minute = 0; minute < 6; minute++) {
      clock.forward(MINUTE_MS)
      await worker.deliverDue()
    }
    const toIds = (to: string) =>
      waiting.filter(({ recipient }) => recipient === to).map(({ id }) => `<${id}@localhost>`)
    for (const to of new Set(waiting.map(({ recipient }) => recipient))) {
      const arrived = server.mails.filter(({ envelope }) => envelope.to.includes(to))
      assert.deepEqual(
        arrived.map(({ messageId }) => messageId),
        toIds(to),
        to,
      )
    }
    assert.equal(await portal.database.outgoingMail.count({ where: { sentAt: null } }), 0)
  })
}
