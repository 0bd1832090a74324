import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts'
import { openSmtpMailer } from '../../../src/platform/mailer.ts'
import { createTestClock } from '../../support/clock.ts'
import { openMailServer } from '../../support/mail-server.ts'
import { disposable, openWorker } from '../../support/outbox.ts'
import { ada } from '../../support/people.ts'
import { openPortal } from '../../support/portal.ts'
import { newPassword } from '../../support/reset.ts'
import { signIn } from '../../support/sign-in.ts'
import { stores } from '../../support/stores.ts'
import { behindProxy, openStranger } from '../../support/strangers.ts'

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  /** A portal that is used, and somebody who delivers its emails to a real mail server when asked to. */
  async function openAll() {
    const store = await open()
    const server = await openMailServer().then(disposable)
    const clock = createTestClock()
    const portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...store.settings }, clock })
    const mailer = openSmtpMailer({ url: server.url, from: 'Gatehouse <no-reply@portal.example>' })
    const worker = openWorker(portal, { mailer, clock })
    await signIn(openStranger(portal), ada.email)
    return {
      portal,
      server,
      clock,
      signInAnew: () => signIn(openStranger(portal), ada.email),
      async deliverAfter(ms: number) {
        await portal.world.afterwards.settle()
        clock.forward(ms)
        await worker.deliverDue()
        return server.mails.splice(0).map(({ subject }) => subject)
      },
      async readAfter(ms: number) {
        clock.forward(ms)
        await worker.deliverDue()
        return String(server.mails.at(-1)?.text)
      },
      async [Symbol.asyncDispose]() {
        mailer.close()
        await portal.close({ patienceMs: 0 })
        await Promise.all([server.close(), store.close()])
      },
    }
  }
  const news = 'New sign-in to your Gatehouse account'

  test(`the first notice goes out at once, the next ten minutes are one email: ${name}`, async () => {
    await using all = await openAll()
    await all.signInAnew()
    assert.deepEqual(await all.deliverAfter(3 * SECOND_MS), [news])
    for (let count = 0; count < 9; count++) await all.signInAnew()

    assert.deepEqual(await all.deliverAfter(9 * MINUTE_MS), [])
    assert.deepEqual(await all.deliverAfter(MINUTE_MS), ['9 things happened in your Gatehouse account'])
    await all.signInAnew()
    assert.deepEqual(await all.deliverAfter(3 * SECOND_MS), [])
    assert.deepEqual(await all.deliverAfter(10 * MINUTE_MS), [news])
    await all.signInAnew()
    assert.deepEqual(await all.deliverAfter(HOUR_MS), [news])
  })

  test(`what matters cannot be buried under many notices of another kind: ${name}`, async () => {
    await using all = await openAll()
    await all.signInAnew()
    await all.deliverAfter(3 * SECOND_MS)
    for (let count = 0; count < 6; count++) await all.signInAnew()
    const thief = openStranger(all.portal)
    await signIn(thief, ada.email)
    for (let count = 0; count < 12; count++)
      await thief.submit('/account/profile', { display_name: 'Ada', username: `countess-${count}` })
    await thief.submit('/account/password', { current_password: ada.password, new_password: newPassword })

    const text = await all.readAfter(10 * MINUTE_MS)

    assert.match(text, /The password was changed\./)
    assert.match(text, /The username was changed\./)
    assert.match(text, /And 10 more/)
  })

  test(`a notice that waits for more holds up no link to choose a new password: ${name}`, async () => {
    await using all = await openAll()
    await all.signInAnew()
    await all.deliverAfter(3 * SECOND_MS)
    await all.signInAnew()
    await openStranger(all.portal).submit('/forgot-password', { email: ada.email })

    assert.deepEqual(await all.deliverAfter(SECOND_MS), ['Choose a new Gatehouse password'])
    assert.deepEqual(await all.deliverAfter(10 * MINUTE_MS), [news])
  })

  test(`what happens while a notice is being sent is told in the next: ${name}`, async () => {
    await using all = await openAll()
    await all.signInAnew()
    const { mails } = all.portal.services.repositories
    all.clock.forward(3 * SECOND_MS)
    const now = all.clock.now()
    const claimed = await mails.claimNext({ now, heldUntil: new Date(now.getTime() + MINUTE_MS) })
    assert.ok(claimed)
    assert.equal(await mails.rewrite(claimed, claimed.data), false)
    await all.signInAnew()
    await mails.markSent(claimed.id, now)

    assert.deepEqual(await all.deliverAfter(10 * MINUTE_MS), [news])
  })

  test(`while the mail server is down everything goes on, and all notices arrive afterwards, in order: ${name}`, async () => {
    await using all = await openAll()
    all.server.refuse(421)
    assert.equal((await all.signInAnew()).status, 303)
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await all.deliverAfter(11 * MINUTE_MS), [])
      for (let count = 0; count <= round + 1; count++) assert.equal((await all.signInAnew()).status, 303)
    }
    all.server.accept()

    const arrived: (string | undefined)[] = []
    for (let round = 0; round < 6; round++) arrived.push(...(await all.deliverAfter(11 * MINUTE_MS)))

    const bundles = [2, 3, 4].map((count) => `${count} things happened in your Gatehouse account`)
    assert.deepEqual(arrived, [news, ...bundles])
  }) // C5
}
