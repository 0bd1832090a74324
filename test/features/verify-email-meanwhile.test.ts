import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { meanwhile } from '../support/meanwhile.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

const eve = { email: 'eve@example.com', password: 'copper lantern orbit' }
const strangersPassword = 'stranger than fiction'

function register(portal: Portal, password: string) {
  return openStranger(portal).submit('/register', { ...eve, password })
}

async function canSignIn(portal: Portal, password: string): Promise<boolean> {
  return (await openStranger(portal).submit('/login', { login: eve.email, password })).status === 303
}

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  /** Eve has registered, and her mailbox gets no more mails this hour: the link that she has stays good. */
  async function openWaiting() {
    const store = await open()
    const clock = createTestClock()
    const portal = await openPortal({ settings: { ...behindProxy, ...store.settings }, clock })
    const owner = openStranger(portal)
    for (let mails = 0; mails < 3; mails++) {
      await owner.submit('/register', eve)
      clock.forward(2 * MINUTE_MS)
    }
    const link = await portal.linkMailedTo(eve.email)
    const token = new URL(link, portal.baseUrl).searchParams.get('token') ?? ''
    return {
      portal,
      owner,
      link,
      token,
      async [Symbol.asyncDispose]() {
        await portal[Symbol.asyncDispose]()
        await store.close()
      },
    }
  }

  test(`somebody who registers an address while its owner confirms it gets nothing: ${name}`, async () => {
    await using waiting = await openWaiting()
    const { portal, owner, token } = waiting
    const phone = openStranger(portal)

    for (const confirm of [
      () => owner.submit('/verify-email', { token }),
      () => phone.submit('/verify-email', { token, password: eve.password }),
    ]) {
      meanwhile(portal, () => register(portal, strangersPassword))
      const answer = await confirm()
      assert.equal(answer.status, 422)
      assert.equal(await canSignIn(portal, strangersPassword), false)
      await portal.database.user.updateMany({ data: { registeredAt: new Date(0) } })
      await owner.submit('/register', eve)
      await portal.database.user.updateMany({ data: { registeredAt: new Date(0) } })
    }

    assert.equal((await owner.openLink(waiting.link)).status, 200)
    assert.equal((await owner.submit('/verify-email', { token })).status, 303)
    assert.equal(await canSignIn(portal, eve.password), true)
  })

  test(`an account deactivated while it is being confirmed stays shut, and its link stays good: ${name}`, async () => {
    await using waiting = await openWaiting()
    const { portal, owner, token } = waiting
    const { id } = await portal.database.user.findFirstOrThrow()
    const actorId = await portal.addPerson({ email: 'root@example.com', password: null, role: 'admin' })
    const actor = (await portal.services.repositories.users.find(actorId)) ?? assert.fail()
    const by = { actor, origin: { ip: 'here', userAgent: 'test', requestId: 'test' } }

    meanwhile(portal, () => portal.services.users.change(id, { isActive: false }, by))
    const answer = await owner.submit('/verify-email', { token })

    assert.equal(answer.status, 410)
    assert.equal(owner.sessionSecret(), null)
    await portal.services.users.change(id, { isActive: true }, by)
    assert.equal((await owner.submit('/verify-email', { token })).status, 303)
  })

  test(`a link whose confirmation fails halfway can be used again: ${name}`, async () => {
    await using waiting = await openWaiting()
    const { portal, owner, token } = waiting
    await portal.database.$executeRaw`ALTER TABLE audit_events RENAME TO lost`

    assert.ok((await owner.submit('/verify-email', { token })).status >= 500)
    await portal.database.$executeRaw`ALTER TABLE lost RENAME TO audit_events`

    assert.equal((await owner.submit('/verify-email', { token })).status, 303)
  })
}
