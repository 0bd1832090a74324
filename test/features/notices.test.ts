import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../support/clock.ts'
import { listNotices } from '../support/not-me.ts'
import { idOf, openOffice, signInAs } from '../support/office.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { newPassword } from '../support/reset.ts'
import { guess, signIn } from '../support/sign-in.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'

const HOUR_MS = 60 * 60 * 1000

test('a sign-in from a new browser is told to the owner and stands in the history, the very first one is not', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const mine = openStranger(portal)
  await signIn(mine, ada.email)
  await mine.submit('/logout')
  await signIn(mine, 'ada')
  assert.deepEqual(await listNotices(portal), [])

  await signIn(openStranger(portal), 'ada')

  const [notice, ...others] = await listNotices(portal)
  assert.deepEqual(others, [])
  assert.equal(notice?.subject, 'New sign-in to your Gatehouse account')
  assert.match(
    notice?.text ?? '',
    /Signed in with a password on a new device\.\n.* UTC\nFirefox on Linux, 10\./,
  )
  assert.match((await mine.visit('/account/history')).text, /Signed in with a password on a new device\./)
}) // LOG-16

test('whoever has not used an account for long is told of a new browser although nothing is kept of the earlier ones', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  await portal.database.user.updateMany({ data: { createdAt: new Date('2025-01-01') } })

  await signIn(openStranger(portal), ada.email)

  assert.equal((await listNotices(portal)).length, 1)
}) // LOG-16

test('a program that signs in again and again from one place is no new device, from another place it is', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const credentials = { login: ada.email, password: ada.password }
  const call = (from: string) =>
    portal.client.send(portal.client.portal.post('/auth/login').send(credentials), {
      'x-forwarded-for': from,
    })
  for (let round = 0; round < 3; round++) await call('192.0.2.1')
  assert.deepEqual(await listNotices(portal), [])

  await call('192.0.2.2')
  await call('192.0.2.2')

  const [notice, ...others] = await listNotices(portal)
  assert.deepEqual(others, [])
  assert.match(notice?.text ?? '', /192\.0\.2\.2/)
  assert.equal(notice?.text.match(/new device/g)?.length, 1)
})

test('two wrong passwords before the right one are told, one is not', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const mine = openStranger(portal)
  await signIn(mine, ada.email)
  await guess(portal, ada.email)
  await portal.world.afterwards.settle()
  await mine.submit('/logout')
  await signIn(mine, ada.email)
  assert.deepEqual(await listNotices(portal), [])

  for (let round = 0; round < 2; round++) await guess(portal, ada.email)
  await portal.world.afterwards.settle()
  await mine.submit('/logout')
  await signIn(mine, ada.email)

  const [notice] = await listNotices(portal)
  assert.match(notice?.text ?? '', /2 wrong passwords were entered, then the right one\./)
  assert.match((await mine.visit('/account/history')).text, /2 wrong passwords were entered/)
}) // LOG-16

test('a program that gets refresh tokens for the first time is told by its name, an access token alone is not', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const program = createTokenProgram(portal)
  const { inForm } = await program.register()
  const session = await program.signIn()
  await program.exchange(session, { scope: 'account:read', ...inForm })
  assert.deepEqual(await listNotices(portal), [])

  for (let round = 0; round < 2; round++)
    await program.exchange(session, { scope: 'account:read offline_access', ...inForm })

  const [notice, ...others] = await listNotices(portal)
  assert.deepEqual(others, [])
  assert.equal(notice?.subject, 'An app has access to your Gatehouse account')
  assert.equal(notice?.text.match(/Reports was given access/g)?.length, 1)
})

test('what an administrator changes is told, without where administrators work', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)

  await admin.call('patch', `/users/${id}`, { display_name: 'Countess', username: 'countess', role: 'admin' })
  await admin.call('delete', `/users/${id}`)

  const text = (await listNotices(portal)).map((notice) => notice.text).join()
  assert.match(text, /An administrator changed your name and username\./)
  assert.match(text, /An administrator made you an administrator\./)
  assert.match(text, /An administrator deactivated your account\./)
  assert.doesNotMatch(text, /10\.\d|127\.|program/)
})

test('people hear of their own new username and not of their own new name', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const session = await signInAs(portal, ada)
  await portal.client.call('patch', '/users/me', session, { display_name: 'Countess' })
  assert.deepEqual(await listNotices(portal), [])

  await portal.client.call('patch', '/users/me', session, { display_name: 'Ada', username: 'countess' })

  const [notice] = await listNotices(portal)
  assert.equal(notice?.subject, 'Your Gatehouse username was changed')
  assert.match(notice?.text ?? '', /The username was changed\./)
})

test('an address that nobody has proved is told nothing', async () => {
  const settings = { ...behindProxy, REGISTRATION: 'open', EMAIL_VERIFICATION: 'optional' }
  await using portal = await openPortal({ people: [{ ...ada, isVerified: false }], settings })
  const first = await signInAs(portal, ada)

  await signIn(openStranger(portal), ada.email)
  const change = { current_password: ada.password, new_password: newPassword }
  assert.equal((await portal.client.post('/auth/change-password', change, first)).status, 200)

  assert.deepEqual(await portal.mails(), [])
})

test('what happens within ten minutes of a notice is told in one more, and cut kindly when it is very much', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })
  await signIn(openStranger(portal), ada.email)
  await signIn(openStranger(portal), ada.email)
  clock.forward(60_000)

  for (let count = 0; count < 13; count++) await signIn(openStranger(portal), ada.email)

  const [second, first, ...others] = await listNotices(portal)
  assert.deepEqual(others, [])
  assert.equal(first?.subject, 'New sign-in to your Gatehouse account')
  assert.equal(second?.subject, '13 things happened in your Gatehouse account')
  assert.equal(second?.text.match(/on a new device/g)?.length, 10)
  assert.match(second?.text ?? '', /And 3 more: see your history\.\n\nhttp.*\/account\/history/)
  clock.forward(HOUR_MS)
  await signIn(openStranger(portal), ada.email)
  assert.equal((await listNotices(portal)).length, 3)
})

test('a sign-in in a browser that is known costs no look at earlier ones', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const mine = openStranger(portal)
  await signIn(mine, ada.email)
  await mine.submit('/logout')
  const { sessions } = portal.services.repositories
  const { findPast } = sessions
  let looks = 0
  sessions.findPast = (session) => {
    looks++
    return findPast(session)
  }

  await signIn(mine, ada.email)
  assert.equal(looks, 0)
  await signIn(openStranger(portal), ada.email)
  assert.equal(looks, 1)
})
