import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, eve, isVerified, mailedToken, signUp } from '../support/sign-up.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'

test('a stranger who signed up with my address gets nothing from my click', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const stranger = openStranger(portal)
  const token = await signUp(portal, stranger)

  const owner = openStranger(portal)
  const answer = await owner.submit('/verify-email', { token })

  assert.equal(answer.status, 422)
  assert.equal(await isVerified(portal), false)
  assert.equal(await canSignIn(portal), false)
})

test('whoever signs up last and reads the mailbox gets the account, not the stranger who was first', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ settings: behindProxy, clock })
  const strangersToken = await signUp(portal, openStranger(portal), {
    ...eve,
    password: 'stranger than fiction',
    username: 'eve',
    display_name: 'Mallory',
  })
  clock.forward(2 * MINUTE_MS)

  const owner = openStranger(portal)
  const token = await signUp(portal, owner)
  assert.equal((await owner.submit('/verify-email', { token: strangersToken })).status, 410)
  assert.equal((await owner.submit('/verify-email', { token })).status, 303)

  assert.equal(await canSignIn(portal), true)
  assert.equal(await canSignIn(portal, { ...eve, password: 'stranger than fiction' }), false)
  const user = await portal.database.user.findUniqueOrThrow({ where: { email: eve.email } })
  assert.deepEqual([user.username, user.displayName], [null, null])
})

test('a Google account that a stranger attached to my unproved address is gone when I sign up', async () => {
  await using portal = await openPortal({
    people: [{ email: eve.email, password: null, isVerified: false }],
    settings: behindProxy,
  })
  const { id } = await portal.database.user.findUniqueOrThrow({ where: { email: eve.email } })
  const identity = { provider: 'google', subject: 'stranger', userId: id, email: eve.email }
  await portal.services.repositories.identities.insert(identity, new Date())

  const token = await signUp(portal, portal.visitor)
  await portal.visitor.submit('/verify-email', { token })

  assert.equal(await portal.database.identity.count(), 0)
  assert.equal(await canSignIn(portal), true)
})

test('somebody who signed up with Google is asked to open the link in that browser', async () => {
  await using portal = await openPortal()
  const userId = await portal.addPerson({ email: eve.email, password: null, isVerified: false })
  const google = { provider: 'google', subject: '1', userId, email: eve.email }
  await portal.services.repositories.identities.insert(google, new Date())
  await portal.visitor.submit('/verify-email/resend', { email: eve.email })
  const token = await mailedToken(portal)

  const page = await portal.visitor.openLink(`/verify-email?token=${token}`)
  assert.equal(page.status, 409)
  assert.match(page.text, /Open the link where you signed up/)
  assert.equal((await portal.visitor.submit('/verify-email', { token, password: 'anything' })).status, 409)
  assert.equal((await portal.client.post('/auth/verify-email', { token })).status, 403)
  assert.equal(await isVerified(portal), false)
})

test('a flood of registrations of my address does not keep me out', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ settings: behindProxy, clock })
  for (let round = 0; round < 5; round++) {
    await openStranger(portal).submit('/register', { ...eve, password: 'stranger than fiction' })
    clock.forward(2 * MINUTE_MS)
  }
  const token = await mailedToken(portal)

  const owner = openStranger(portal)
  await owner.submit('/register', eve)
  assert.equal((await owner.submit('/verify-email', { token })).status, 303)
  assert.equal(await canSignIn(portal), true)
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`of fifty that use one link at once exactly one succeeds: ${name}`, async () => {
    // K6
    await using store = await open()
    await using portal = await openPortal({ settings: { ...behindProxy, ...store.settings } })
    const { visitor } = portal
    const token = await signUp(portal, visitor, { ...eve, username: 'eve' })

    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        visitor.post('/auth/verify-email', { token }, { 'x-forwarded-for': nextAddress() }),
      ),
    )

    const statuses = answers.map(({ status }) => status).sort()
    assert.deepEqual(statuses, [200, ...Array.from({ length: 49 }, () => 410)])
    assert.equal(await portal.database.oneTimeLink.count(), 0)
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.email_verified' } }), 1)
    const user = await portal.database.user.findUniqueOrThrow({ where: { email: eve.email } })
    assert.equal(user.username, 'eve')
  })

  test(`whoever finds the username they asked for taken is confirmed all the same, and told: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: { ...behindProxy, ...store.settings } })
    const [one, other] = [openStranger(portal), openStranger(portal)]
    const first = await signUp(portal, one, { ...eve, username: 'countess' })
    const second = await signUp(portal, other, { ...ada, username: 'countess', displayName: '' })

    await other.submit('/verify-email', { token: second })
    const answer = await one.submit('/verify-email', { token: first })

    assert.equal(answer.status, 303)
    assert.match((await one.visit('/account')).text, /The username you wanted was taken in the meantime/)
    assert.equal(await canSignIn(portal), true)
    const user = await portal.database.user.findUniqueOrThrow({ where: { username: 'countess' } })
    assert.equal(user.email, ada.email)
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.email_verified' } }), 2)
  })

  test(`when the email cannot be stored, nobody is registered: ${name}`, async () => {
    // C2
    await using store = await open()
    await using portal = await openPortal({ settings: { ...behindProxy, ...store.settings } })
    await portal.world.sql.database.$executeRaw`ALTER TABLE outgoing_mails RENAME TO lost`

    const answer = await openStranger(portal).post('/auth/register', eve)

    assert.ok(answer.status >= 500)
    assert.equal(await portal.database.user.count(), 0)
    assert.equal(await portal.database.auditEvent.count(), 0)
    await portal.world.sql.database.$executeRaw`ALTER TABLE lost RENAME TO outgoing_mails`
    assert.equal((await openStranger(portal).post('/auth/register', eve)).status, 202)
  })
}
