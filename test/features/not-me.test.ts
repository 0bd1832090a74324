import assert from 'node:assert/strict'
import { test } from 'node:test'
import { later } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { disown, letThiefIn, listNotices, notMeToken } from '../support/not-me.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, forget, newPassword, reset, resetToken } from '../support/reset.ts'
import { signIn } from '../support/sign-in.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { openWorkers, visit } from '../support/workers.ts'

const DAY_MS = 24 * 60 * 60 * 1000

test('the link asks first, changes nothing, and its token leaves the address before anything loads', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { thief, token } = await letThiefIn(portal)
  const owner = openStranger(portal)

  const left = await owner.visit(`/not-me?token=${token}`)
  const page = await owner.visit(left.headers.location ?? '')
  await owner.request('head', `/not-me?token=${token}`)

  assert.deepEqual([left.status, left.headers.location], [303, '/not-me'])
  assert.doesNotMatch(left.text, /stylesheet|script/)
  assert.match(page.text, /Secure my account/)
  assert.match(page.text, /ada@example\.com/)
  assert.equal((await thief.visit('/account')).status, 200)
  assert.equal(await canSignIn(portal, ada.email, ada.password), true)
})

test('without signing in it ends every session and token in every process, and the password opens nothing until a new one is chosen', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one, other } = workers
  const secrets = [await workers.signIn(one), await workers.signIn(other)]
  const program = createTokenProgram(other)
  const { inForm } = await program.register()
  const { body } = await program.exchange(secrets[0] ?? '', {
    scope: 'account:read offline_access',
    ...inForm,
  })
  const token = await notMeToken(one)
  for (const secret of secrets) for (const worker of [one, other]) await visit(worker, secret)

  const answer = await openStranger(one).post('/auth/not-me', { token })

  assert.deepEqual([answer.status, answer.body], [200, { status: 'secured', reset_sent: true }])
  for (const worker of [one, other]) {
    for (const secret of [...secrets, body.access_token])
      assert.equal(await visit(worker, secret), '401 session_ended')
    assert.equal(await canSignIn(worker, ada.email, ada.password), false)
  }
  assert.equal((await program.refresh(body.refresh_token, inForm)).body.error, 'invalid_grant')
  const told = await one.client.get('/auth/me', secrets[1])
  assert.equal(told.body.reason, 'disowned')
  assert.equal((await reset(openStranger(other), await resetToken(one, ada.email))).status, 303)
  assert.equal(await canSignIn(other, ada.email, newPassword), true)
}) // K4

test('in a browser that the owner has used it leads straight to choosing a new password', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { owner, thief, token } = await letThiefIn(portal)

  const done = await disown(owner, token)
  assert.deepEqual([done.status, done.headers.location], [303, '/reset-password'])
  const page = await owner.visit('/reset-password')
  assert.match(page.text, /Everyone is signed out/)
  const given = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  assert.equal((await reset(owner, given)).status, 303)

  assert.equal((await signIn(owner, ada.email, newPassword)).status, 303)
  assert.equal((await thief.visit('/account')).status, 303)
})

test('somebody else with the link, in a forwarded email, gets no new password to choose', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { token } = await letThiefIn(portal)
  const helpdesk = openStranger(portal)

  const done = await disown(helpdesk, token)

  assert.equal(done.headers.location, '/login')
  assert.match((await helpdesk.visit('/login')).text, /We’ve emailed you a link/)
  assert.equal((await helpdesk.visit('/reset-password')).headers.location, '/forgot-password')
  assert.match((await portal.findMail(ada.email))?.subject ?? '', /Choose a new Gatehouse password/)
})

test('what a thief has prepared is gone: Google accounts of a day, links, the wish to delete the account', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { thief, token } = await letThiefIn(portal)
  const { id: userId } = await portal.database.user.findFirstOrThrow()
  const { identities } = portal.services.repositories
  const [now, before] = [new Date(), later(new Date(), -2 * DAY_MS)]
  await identities.insert({ provider: 'google', subject: 'new', userId, email: ada.email }, now)
  await identities.insert({ provider: 'other', subject: 'foreign', userId, email: 'm@example.com' }, before)
  await identities.insert({ provider: 'third', subject: 'mine', userId, email: ada.email }, before)
  const old = await forget(portal, ada.email)
  await thief.submit('/account/data/delete')

  await disown(openStranger(portal), token)

  const left = await portal.database.identity.findMany()
  assert.deepEqual(
    left.map(({ subject }) => subject),
    ['mine'],
  )
  assert.equal((await reset(openStranger(portal), old)).status, 410)
  assert.equal((await portal.database.user.findFirstOrThrow()).deletesAt, null)
})

test('every notice keeps its link for a week, whatever came after it; once one is used, all are gone', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })
  const { thief, token: first } = await letThiefIn(portal)
  await thief.submit('/account/password', { current_password: ada.password, new_password: newPassword })
  clock.forward(DAY_MS)
  await reset(openStranger(portal), await forget(portal, ada.email), 'velvet anchor prism')
  const last = await notMeToken(portal)
  clock.forward(5 * DAY_MS)
  assert.equal((await openStranger(portal).openLink(`/not-me?token=${first}`)).status, 200)

  assert.equal((await disown(openStranger(portal), first)).status, 303)

  for (const token of [first, last]) {
    assert.equal((await openStranger(portal).openLink(`/not-me?token=${token}`)).status, 410)
    assert.equal((await disown(openStranger(portal), token)).status, 410)
    assert.equal((await openStranger(portal).post('/auth/not-me', { token })).body.code, 'link_expired')
  }
})

test('a link of more than a week does nothing', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })
  const { token } = await letThiefIn(portal)
  clock.forward(7 * DAY_MS + 5_000)

  const answer = await disown(openStranger(portal), token)

  assert.equal(answer.status, 410)
  assert.match(answer.text, /Choose a new password/)
  assert.equal(await canSignIn(portal, ada.email, ada.password), true)
})

test('after it, and after a reset, the thief’s browser is a stranger: its guesses are strangers’ guesses, its sign-in is news', async () => {
  for (const answer of ['not-me', 'reset'] as const) {
    await using portal = await openPortal({ people: [ada], settings: behindProxy })
    const { owner, thief, token } = await letThiefIn(portal)
    if (answer === 'not-me') await disown(owner, token)
    await reset(owner, await forget(portal, ada.email))
    await signIn(owner, ada.email, newPassword)
    const before = (await listNotices(portal))
      .map(({ text }) => text)
      .join()
      .match(/new device/g)?.length

    await portal.database.user.updateMany({ data: { failedSignIns: 100 } })
    assert.equal((await signIn(thief, ada.email, newPassword)).status, 422)
    await owner.submit('/logout')
    assert.equal((await signIn(owner, ada.email, newPassword)).status, 303)
    await portal.database.user.updateMany({ data: { failedSignIns: 0 } })
    for (let round = 0; round < 20; round++) await signIn(thief, ada.email, 'not this one')
    await owner.submit('/logout')
    assert.equal((await signIn(owner, ada.email, newPassword)).status, 303)
    await portal.database.attemptCount.deleteMany()
    await signIn(thief, ada.email, newPassword)

    const after = (await listNotices(portal))
      .map(({ text }) => text)
      .join()
      .match(/new device/g)?.length
    assert.equal(after, (before ?? 0) + 1, answer)
  }
})

test('a deactivated account is secured as well, and stays deactivated', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { token } = await letThiefIn(portal)
  await portal.database.user.updateMany({ data: { isActive: false } })

  const answer = await openStranger(portal).post('/auth/not-me', { token })

  assert.deepEqual(answer.body, { status: 'secured', reset_sent: false })
  const user = await portal.database.user.findFirstOrThrow()
  assert.deepEqual([user.isActive, user.passwordHash], [false, null])
})
