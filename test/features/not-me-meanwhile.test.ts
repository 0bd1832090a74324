import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meanwhile } from '../support/meanwhile.ts'
import { disown, letThiefIn } from '../support/not-me.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, forget, newPassword, reset, resetToken } from '../support/reset.ts'
import { signIn } from '../support/sign-in.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

const origin = { ip: '203.0.113.7', userAgent: 'test', requestId: 'test' }

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  /** Two processes of one portal. */
  async function openRobbed() {
    const store = await open()
    const settings = { ...behindProxy, ...store.settings, BASE_URL: 'http://portal.test' }
    const portal = await openPortal({ people: [ada], settings })
    const other = await openPortal({ settings })
    return Object.assign(portal, {
      other,
      ...(await letThiefIn(portal)),
      async [Symbol.asyncDispose]() {
        await Promise.all([portal.close({ patienceMs: 0 }), other.close({ patienceMs: 0 })])
        await store.close()
      },
    })
  }

  test(`of many that use one link at once, in two processes, exactly one is answered: ${name}`, async () => {
    await using portal = await openRobbed()
    const { token } = portal

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        openStranger(number % 2 ? portal : portal.other).post('/auth/not-me', { token }),
      ),
    )

    const statuses = answers.map(({ status }) => status).toSorted()
    assert.deepEqual(statuses, [200, ...Array.from({ length: 19 }, () => 410)])
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.disowned' } }), 1)
    assert.equal((await portal.mails()).filter(({ subject }) => /Choose a new/.test(subject)).length, 1)
  }) // K6

  test(`a sign-in with the right password that is under way opens nothing: ${name}`, async () => {
    await using portal = await openRobbed()
    const late = openStranger(portal)
    const { authenticate } = portal.services.login
    portal.services.login.authenticate = async (...given) => {
      const user = await authenticate(...given)
      await disown(openStranger(portal.other), portal.token)
      return user
    }

    await signIn(late, ada.email)

    assert.equal((await late.visit('/account')).status, 303)
  }) // K4

  test(`a new password that a thief is just choosing is not kept: ${name}`, async () => {
    await using portal = await openRobbed()
    const { thief, token } = portal

    meanwhile(portal, () => disown(openStranger(portal.other), token))
    await thief.submit('/account/password', { current_password: ada.password, new_password: newPassword })

    for (const password of [ada.password, newPassword])
      assert.equal(await canSignIn(portal, ada.email, password), false)
    assert.equal((await thief.visit('/account')).status, 303)
  })

  test(`a Google account that a thief is just linking opens nothing, and one linked the moment before neither: ${name}`, async () => {
    await using portal = await openRobbed()
    const { thief, token } = portal
    const check = await portal.services.sessions.check(thief.sessionSecret() ?? '')
    assert.ok(check.member)
    const { member } = check
    const link = (subject: string, provider: string) =>
      portal.services.identities.link(member, { provider, subject, email: ada.email }, origin)
    assert.equal((await link('before', 'other')).outcome, 'linked')

    meanwhile(portal, () => disown(openStranger(portal.other), token))
    assert.equal((await link('meanwhile', 'google')).outcome, 'ended')

    assert.equal(await portal.database.identity.count(), 0)
  })

  test(`a reset that is under way fails, and the link that is mailed instead works: ${name}`, async () => {
    await using portal = await openRobbed()
    const earlier = await forget(portal, ada.email)

    meanwhile(portal, () => disown(openStranger(portal.other), portal.token))
    assert.equal((await reset(openStranger(portal), earlier)).status, 410)

    assert.equal(await canSignIn(portal, ada.email, newPassword), false)
    assert.equal((await reset(openStranger(portal), await resetToken(portal, ada.email))).status, 303)
    assert.equal(await canSignIn(portal, ada.email, newPassword), true)
  })

  test(`whatever happens to the account meanwhile, it is done to the account as it is: ${name}`, async () => {
    await using portal = await openRobbed()
    const earlier = await forget(portal, ada.email)

    meanwhile(portal, async () => {
      await reset(openStranger(portal.other), earlier)
      const data = { role: 'admin', sessionEpoch: { increment: 1 } }
      await portal.database.user.updateMany({ data })
    })
    assert.equal((await disown(openStranger(portal), portal.token)).status, 303)

    for (const password of [ada.password, newPassword])
      assert.equal(await canSignIn(portal, ada.email, password), false)
  })

  test(`a browser that is forgotten while it says so is not handed the way back: ${name}`, async () => {
    await using portal = await openRobbed()
    const { thief, token } = portal
    const earlier = await forget(portal, ada.email)

    meanwhile(portal, () => reset(openStranger(portal.other), earlier))
    const answer = await disown(thief, token)

    assert.equal(answer.headers.location, '/login')
    assert.doesNotMatch((await thief.visit('/reset-password')).text, /new-password/)
  }) // K4

  for (const table of ['identities', 'audit_events', 'sessions', 'outgoing_mails', 'one_time_links']) {
    test(`when it fails halfway nothing has changed, and the link still works: ${table}, ${name}`, async () => {
      await using portal = await openRobbed()
      const { thief, token } = portal
      const before = await portal.database.user.findMany()
      await portal.database.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO lost`)

      assert.ok((await disown(openStranger(portal), token)).status >= 500)
      await portal.database.$executeRawUnsafe(`ALTER TABLE lost RENAME TO ${table}`)

      assert.deepEqual(await portal.database.user.findMany(), before)
      assert.equal((await thief.visit('/account')).status, 200)
      assert.equal((await disown(openStranger(portal), token)).status, 303)
      assert.equal((await thief.visit('/account')).status, 303)
    }) // C2
  }
}
