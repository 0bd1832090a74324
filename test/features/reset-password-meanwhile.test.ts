import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meanwhile } from '../support/meanwhile.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { canSignIn, forget, newPassword, reset } from '../support/reset.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

const waiting = { ...grace, isVerified: false }

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  async function openWithPeople() {
    const store = await open()
    const settings = { ...behindProxy, ...store.settings }
    const portal = await openPortal({ people: [ada, waiting], settings })
    return Object.assign(portal, {
      async [Symbol.asyncDispose]() {
        await portal.close({ patienceMs: 0 })
        await store.close()
      },
    })
  }

  test(`of fifty that use one link at once exactly one succeeds, and its password counts: ${name}`, async () => {
    await using portal = await openWithPeople()
    const token = await forget(portal, ada.email)
    const passwords = Array.from({ length: 50 }, (_, number) => `${newPassword} ${number}`)

    const answers = await Promise.all(
      passwords.map((password) => openStranger(portal).post('/auth/reset-password', { token, password })),
    )

    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(statuses.toSorted(), [200, ...Array.from({ length: 49 }, () => 410)])
    const winner = passwords[statuses.indexOf(200)] ?? ''
    assert.equal(await canSignIn(portal, ada.email, winner), true)
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.password_reset' } }), 1)
    const notices = (await portal.mails()).filter(({ subject }) => subject.includes('has a new password'))
    assert.equal(notices.length, 1)
  }) // RST-05, K6

  test(`an account that is switched off while its password is reset keeps the old one: ${name}`, async () => {
    await using portal = await openWithPeople()
    const token = await forget(portal, ada.email)

    meanwhile(portal, () => switchOff(portal, ada.email))
    const answer = await reset(openStranger(portal), token)

    assert.equal(answer.status, 410)
    await portal.database.user.updateMany({ data: { isActive: true } })
    assert.equal(await canSignIn(portal, ada.email, newPassword), false)
    assert.equal(await canSignIn(portal, ada.email, ada.password), true)
  })

  test(`everybody who is signed in while a password is reset is out: ${name}`, async () => {
    await using portal = await openWithPeople()
    const token = await forget(portal, ada.email)
    const late = openStranger(portal)

    meanwhile(portal, () => late.submit('/login', { login: ada.email, password: ada.password }))
    const answer = await reset(openStranger(portal), token)

    assert.equal(answer.status, 303)
    assert.equal((await late.visit('/account')).headers.location, '/login?return_to=%2Faccount')
  }) // K4

  test(`whoever registers an address again while its owner resets the password gets nothing: ${name}`, async () => {
    await using portal = await openWithPeople()
    const token = await forget(portal, waiting.email)
    const strangers = { email: waiting.email, password: 'stranger than fiction' }

    meanwhile(portal, () => openStranger(portal).submit('/register', strangers))
    const answer = await reset(openStranger(portal), token)

    assert.equal(answer.status, 303)
    assert.equal(await canSignIn(portal, waiting.email, strangers.password), false)
    assert.equal(await canSignIn(portal, waiting.email, newPassword), true)
  })

  test(`an email that is confirmed while the password is reset keeps the account as it was: ${name}`, async () => {
    await using portal = await openWithPeople()
    const token = await forget(portal, waiting.email)

    meanwhile(portal, () => portal.database.user.updateMany({ data: { emailVerifiedAt: new Date() } }))
    const answer = await reset(openStranger(portal), token)

    assert.equal(answer.status, 303)
    const user = await portal.database.user.findUniqueOrThrow({ where: { email: waiting.email } })
    assert.deepEqual([user.username, user.displayName], [waiting.username, waiting.displayName])
    assert.equal(await canSignIn(portal, waiting.email, newPassword), true)
  })

  test(`a newer link that is asked for meanwhile is the only one that works: ${name}`, async () => {
    await using portal = await openWithPeople()
    const old = await forget(portal, ada.email)
    let newer = ''

    meanwhile(portal, async () => {
      newer = await forget(portal, ada.email)
    })

    assert.equal((await reset(openStranger(portal), old)).status, 410)
    assert.equal((await reset(openStranger(portal), newer)).status, 303)
  })

  for (const table of ['audit_events', 'outgoing_mails', 'sessions', 'identities']) {
    test(`a reset that fails halfway has changed nothing, and its link can be used again: ${table}, ${name}`, async () => {
      await using portal = await openWithPeople()
      const token = await forget(portal, ada.email)
      const session = openStranger(portal)
      await session.submit('/login', { login: ada.email, password: ada.password })
      const before = await portal.database.user.findMany()
      await portal.database.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO lost`)

      assert.ok((await reset(openStranger(portal), token)).status >= 500)
      await portal.database.$executeRawUnsafe(`ALTER TABLE lost RENAME TO ${table}`)

      assert.deepEqual(await portal.database.user.findMany(), before)
      assert.equal((await session.visit('/account')).status, 200)
      assert.equal((await reset(openStranger(portal), token)).status, 303)
      assert.equal(await canSignIn(portal, ada.email, newPassword), true)
    }) // C2
  }
}

function switchOff({ database }: Portal, email: string) {
  return database.user.updateMany({
    where: { email },
    data: { isActive: false, sessionEpoch: { increment: 1 } },
  })
}
