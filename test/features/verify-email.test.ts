import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'
import type { Visitor } from '../support/visitor.ts'

const eve = { email: 'eve@example.com', password: 'copper lantern orbit' }

/** Signs up and answers with the token that was mailed. */
async function signUp(
  portal: Portal,
  visitor: Visitor,
  { username, ...form }: Record<string, string> & { email: string } = eve,
): Promise<string> {
  await (username ? visitor.post('/auth/register', { ...form, username }) : visitor.submit('/register', form))
  return mailedToken(portal, form.email)
}

async function mailedToken(portal: Portal, email = eve.email): Promise<string> {
  const link = await portal.linkMailedTo(email)
  return new URL(link, portal.baseUrl).searchParams.get('token') ?? ''
}

async function isVerified({ database }: Portal, email = eve.email): Promise<boolean> {
  return (await database.user.findUniqueOrThrow({ where: { email } })).emailVerifiedAt !== null
}

async function canSignIn(portal: Portal, { email, password } = eve): Promise<boolean> {
  return (await openStranger(portal).submit('/login', { login: email, password })).status === 303
}

test('one click in the browser that signed up confirms the address and signs in', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal
  const token = await signUp(portal, visitor)
  assert.equal(await canSignIn(portal), false)

  const page = await visitor.visit(`/verify-email?token=${token}`)
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

test('after confirming one is where one wanted to go, on another device as well', async () => {
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

  const page = await phone.visit(`/verify-email?token=${token}`)
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

test('who signs up last and reads the mailbox gets the account, not the stranger who was first', async () => {
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

test('who signed up with Google is asked to open the link where that was', async () => {
  await using portal = await openPortal()
  const userId = await portal.addPerson({ email: eve.email, password: null, isVerified: false })
  const google = { provider: 'google', subject: '1', userId, email: eve.email }
  await portal.services.repositories.identities.insert(google, new Date())
  await portal.visitor.submit('/verify-email/resend', { email: eve.email })
  const token = await mailedToken(portal)

  const page = await portal.visitor.visit(`/verify-email?token=${token}`)
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

  test(`who finds the wished-for username taken is confirmed all the same, and told: ${name}`, async () => {
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

  test(`when the mail cannot be written down, nobody was registered: ${name}`, async () => {
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

test('a link works for three days, and a newer one replaces it', async () => {
  // RST-06
  const clock = createTestClock()
  await using portal = await openPortal({ settings: behindProxy, clock })
  const { visitor } = portal
  const old = await signUp(portal, visitor)
  await openStranger(portal).submit('/verify-email/resend', { email: eve.email })
  const newer = await mailedToken(portal)

  assert.notEqual(newer, old)
  assert.equal((await visitor.visit(`/verify-email?token=${old}`)).status, 410)
  assert.equal((await visitor.submit('/verify-email', { token: old })).status, 410)
  clock.forward(3 * DAY_MS - MINUTE_MS)
  assert.equal((await visitor.visit(`/verify-email?token=${newer}`)).status, 200)
  clock.forward(2 * MINUTE_MS)
  assert.equal((await visitor.submit('/verify-email', { token: newer, password: eve.password })).status, 410)
  assert.equal(await isVerified(portal), false)
})

test('a link that was used leads to a page with the way on', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal
  const token = await signUp(portal, visitor)
  await visitor.submit('/verify-email', { token })

  for (const answer of [
    await visitor.visit(`/verify-email?token=${token}`),
    await visitor.submit('/verify-email', { token }),
  ]) {
    assert.equal(answer.status, 410)
    assert.match(answer.text, /no longer works/)
    assert.match(answer.text, /href="\/login"/)
    assert.match(answer.text, /action="\/verify-email\/resend"/)
  }
})

test('blank, partial and invented links never match', async () => {
  // RST-08
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal
  const token = await signUp(portal, visitor)
  const { tokenHash } = await portal.database.oneTimeLink.findFirstOrThrow()
  const before = await portal.database.user.findMany()
  const invented = [
    '',
    ' ',
    'undefined',
    'null',
    '0',
    '%',
    '*',
    token.slice(0, -1),
    token.slice(1),
    `${token}a`,
    ` ${token}`,
    `${token}\0`,
    token.toUpperCase(),
    token.toLowerCase(),
    encodeURIComponent(encodeURIComponent(`${token}=`)),
    tokenHash,
    'a'.repeat(10_000),
    '\ud800',
    "' OR 1=1 --",
  ]
  const noText = [null, ['x'], [token], { not: '' }, { contains: '' }, 7, true, undefined]

  for (const wrong of invented) {
    const from = { 'x-forwarded-for': nextAddress() }
    const page = await visitor.visit(`/verify-email?token=${encodeURIComponent(wrong.toWellFormed())}`)
    const submitted = await visitor.submit('/verify-email', { token: wrong.toWellFormed() }, from)
    const called = await visitor.post('/auth/verify-email', { token: wrong }, from)
    assert.equal(page.status, 410, wrong)
    assert.match(page.text, /Send me a new link/)
    assert.ok([400, 410].includes(submitted.status), wrong)
    assert.ok([400, 410, 422].includes(called.status), wrong)
  }
  for (const wrong of noText) {
    const called = await visitor.post(
      '/auth/verify-email',
      { token: wrong },
      { 'x-forwarded-for': nextAddress() },
    )
    assert.equal(called.status, 422, JSON.stringify(wrong))
  }
  assert.equal((await visitor.visit('/verify-email?token=a&token=b')).status, 200)

  assert.deepEqual(await portal.database.user.findMany(), before)
  assert.equal((await visitor.submit('/verify-email', { token })).status, 303)
})

test('the link of one person confirms nobody else', async () => {
  // RST-07
  await using portal = await openPortal({ settings: behindProxy })
  const [one, other] = [openStranger(portal), openStranger(portal)]
  const token = await signUp(portal, one)
  await signUp(portal, other, { email: grace.email, password: grace.password })

  await one.submit('/verify-email', { token, email: grace.email, userId: 'x', user_id: 'x' })

  assert.equal(await isVerified(portal), true)
  assert.equal(await isVerified(portal, grace.email), false)
})

test('links cannot be guessed, and what is stored opens nothing', async () => {
  // RST-03, RST-04
  await using portal = await openPortal({ settings: behindProxy })
  const tokens = []
  for (let count = 0; count < 8; count++) {
    tokens.push(await signUp(portal, openStranger(portal), { ...eve, email: `eve${count}@example.com` }))
  }

  assert.equal(new Set(tokens).size, 8)
  for (const token of tokens) assert.ok(Buffer.from(token, 'base64url').length >= 16)
  const { database } = portal
  const stored = JSON.stringify(
    await Promise.all([
      database.user.findMany(),
      database.oneTimeLink.findMany(),
      database.outgoingMail.findMany(),
      database.auditEvent.findMany(),
    ]),
  )
  assert.match(stored, /eve0@example\.com/)
  for (const token of tokens) assert.ok(!stored.includes(token))
})

test('the page of a link tells nobody else about it', async () => {
  // RST-10
  await using portal = await openPortal()
  const token = await signUp(portal, portal.visitor)

  const { headers, text } = await portal.visitor.visit(`/verify-email?token=${token}`)

  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.match(headers['cache-control'] ?? '', /no-store/)
  assert.doesNotMatch(text, /(src|href|action)="(https?:)?\/\//)
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

test('a mistyped address comes back to be mended', async () => {
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
    await visitor.visit('/verify-email?token=none'),
    await visitor.visit('/registered'),
    await phone.visit(`/verify-email?token=${token}`),
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
