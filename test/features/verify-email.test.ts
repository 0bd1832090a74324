import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, eve, isVerified, mailedToken, signUp } from '../support/sign-up.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

test('one click in the browser that signed up confirms the address and signs in', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal
  const token = await signUp(portal, visitor)
  assert.equal(await canSignIn(portal), false)

  const page = await visitor.openLink(`/verify-email?token=${token}`)
  assert.equal(page.status, 200)
  assert.match(page.text, /Confirm my email/)
  assert.doesNotMatch(page.text, /type="password"/)
  const answer = await visitor.submit('/verify-email', { token })

  assert.equal(answer.status, 303)
  assert.equal(answer.headers.location, '/account')
  const account = await visitor.visit('/account')
  assert.match(account.text, /Your email is confirmed\./)
  assert.match(account.text, /eve@example\.com/)
  assert.equal(await canSignIn(portal), true)
})

test('confirming starts one fresh session, and only for the address that was confirmed', async () => {
  // RST-17: the address is proved together with the password, so nothing more is asked
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor, database } = portal
  await visitor.submit('/login', { login: 'ada', password: ada.password })
  const before = visitor.sessionSecret() ?? ''
  const token = await signUp(portal, openStranger(portal))
  const planted = `s_${'x'.repeat(64)}`
  const phone = openStranger(portal)
  phone.plantCookie('session', planted)

  await phone.submit('/verify-email', { token, password: eve.password })
  await visitor.submit('/verify-email', { token, password: eve.password })

  assert.match(phone.sessionSecret() ?? '', /^s_[\w-]{64}$/)
  assert.notEqual(phone.sessionSecret(), planted)
  assert.match((await phone.visit('/account')).text, /eve@example\.com/)
  assert.equal(visitor.sessionSecret(), before)
  assert.equal(await database.session.count({ where: { user: { email: eve.email } } }), 1)
})

test('confirming leads where the person was going, on another device as well', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const wish = { return_to: '/account?tab=1' }
  const here = await signUp(portal, portal.visitor, { ...eve, ...wish })
  const elsewhere = await signUp(portal, openStranger(portal), {
    ...grace,
    displayName: '',
    username: '',
    ...wish,
  })

  const answer = await portal.visitor.submit('/verify-email', { token: here })
  const onPhone = { token: elsewhere, password: grace.password }
  const phone = await openStranger(portal).submit('/verify-email', onPhone)

  assert.equal(answer.headers.location, '/account?tab=1')
  assert.equal(phone.headers.location, '/account?tab=1')
})

test('looking at the link uses nothing up, however often and with whatever', async () => {
  // RST-09
  await using portal = await openPortal()
  const { visitor } = portal
  const token = await signUp(portal, visitor)

  for (const method of ['get', 'head', 'get', 'head', 'options'] as const) {
    await visitor.request(method, `/verify-email?token=${token}`)
    await portal.openVisitor().request(method, `/verify-email?token=${token}`)
  }

  assert.equal(await isVerified(portal), false)
  assert.equal((await visitor.submit('/verify-email', { token })).status, 303)
  assert.equal(await isVerified(portal), true)
})

test('in another browser the password chosen is asked for', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const token = await signUp(portal, portal.visitor)
  const phone = openStranger(portal)
  const hashes = countHashes(portal)

  const page = await phone.openLink(`/verify-email?token=${token}`)
  assert.match(page.text, /type="password"/)
  const without = await phone.submit('/verify-email', { token })
  assert.equal(without.status, 422)
  assert.match(without.text, /Enter the password you chose when you registered/)
  const wrong = await phone.submit('/verify-email', { token, password: 'not this one' })
  assert.equal(wrong.status, 422)
  assert.match(wrong.text, /That isn’t the password/)
  assert.equal(await isVerified(portal), false)
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 1 })

  assert.equal((await phone.submit('/verify-email', { token, password: eve.password })).status, 303)
  assert.equal(await isVerified(portal), true)
})

test('whether an address waits for a link does not show', async () => {
  await using portal = await openPortal({
    people: [ada, { ...grace, isVerified: false }],
    settings: behindProxy,
  })

  const answers = []
  for (const email of [ada.email, grace.email, eve.email]) {
    const called = await openStranger(portal).post('/auth/resend-verification', { email })
    const page = await openStranger(portal).submit('/verify-email/resend', { email })
    answers.push([called.status, called.text, page.status, page.headers.location, page.text])
  }

  assert.deepEqual(answers[1], answers[0])
  assert.deepEqual(answers[2], answers[0])
  assert.deepEqual(
    (await portal.mails()).map(({ to }) => to),
    [grace.email, grace.email],
  )
})

test('asking for a link is counted, and so is trying passwords with one', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const token = await signUp(portal, openStranger(portal))
  const phone = openStranger(portal)
  const hashes = countHashes(portal)

  const statuses = []
  for (let round = 0; round < 12; round++) {
    statuses.push((await phone.submit('/verify-email', { token, password: `guess ${round}` })).status)
  }
  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 422), 429, 429])
  assert.equal(hashes.take().verified, 10)
  assert.equal((await phone.submit('/verify-email/resend', { email: eve.email })).status, 429)
})

test('the API confirms with the password, and says what is missing', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { client } = portal
  await client.post('/auth/register', eve)
  const token = await mailedToken(portal)

  const without = await client.post('/auth/verify-email', { token })
  assert.deepEqual([without.status, without.body.errors[0].field], [422, 'password'])
  const confirmed = await client.post('/api/v1/auth/verify-email', { token, password: eve.password })
  assert.deepEqual([confirmed.status, confirmed.body.status], [200, 'verified'])
  assert.equal(confirmed.body.user.email_verified, true)
  const me = await client.get('/auth/me', confirmed.body.session.id)
  assert.deepEqual([me.status, me.body.user.email, me.body.session.method], [200, eve.email, 'password'])
  const again = await client.post('/auth/verify-email', { token, password: eve.password })
  assert.deepEqual([again.status, again.body.code], [410, 'link_expired'])
})

test('a mistyped address comes back to be corrected', async () => {
  await using portal = await openPortal()
  const answer = await portal.visitor.submit('/verify-email/resend', { email: 'eve at example' })
  assert.equal(answer.status, 422)
  assert.match(answer.text, /value="eve at example"/)
  assert.match(answer.text, /Enter one email address/)
})

test('whoever waits for an email can turn to another address, wherever they are', async () => {
  await using portal = await openPortal({ settings: { ...behindProxy, REGISTRATION: 'open' } })
  const visitor = openStranger(portal)
  const mistyped = { ...eve, email: 'eev@example.com' }
  const token = await signUp(portal, visitor, mistyped)
  const phone = openStranger(portal)

  const pages = [
    await visitor.visit('/verify-email'),
    await visitor.submit('/verify-email/code', { email: mistyped.email, code: 'x' }),
    await visitor.openLink('/verify-email?token=none'),
    await visitor.visit('/registered'),
    await phone.openLink(`/verify-email?token=${token}`),
    await phone.visit('/verify-email'),
  ]
  for (const { text, headers } of pages) {
    assert.ok(headers.location === '/verify-email' || text.includes('href="/register"'), text)
  }
  assert.equal((await visitor.visit('/account')).headers.location, '/verify-email')
  assert.equal((await visitor.visit('/register')).status, 200)

  await visitor.submit('/register', eve)
  const answer = await visitor.submit('/verify-email', { token: await mailedToken(portal) })
  assert.equal(answer.headers.location, '/account')
  assert.match((await visitor.visit('/account')).text, /eve@example\.com/)
})

test('a page says only what is true: that an email is on its way where one may be', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const visitor = openStranger(portal)

  await visitor.submit('/verify-email/resend', { email: ada.email })
  const page = await visitor.visit('/registered')

  assert.deepEqual(await portal.mails(), [])
  assert.match(page.text, /If ada@example\.com is waiting to be confirmed, a new email is on its way/)
  assert.doesNotMatch(page.text, /[Ww]e (have )?sent/)
})

test('an account that was switched off before it was confirmed gets no email, whoever asks', async () => {
  await using portal = await openPortal({
    people: [{ ...grace, isVerified: false, isActive: false }],
    settings: behindProxy,
  })

  const registered = await openStranger(portal).post('/auth/register', { ...eve, email: grace.email })
  const resent = await openStranger(portal).post('/auth/resend-verification', { email: grace.email })

  assert.deepEqual([registered.status, resent.status], [202, 202])
  assert.deepEqual(await portal.mails(), [])
})
