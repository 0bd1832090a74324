import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, newcomer } from './support/api-answers.ts'
import { ada, grace } from './support/people.ts'
import { openPortal, type Portal } from './support/portal.ts'

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

for (const prefix of ['', '/api/v1']) {
  test(`a program signs in, asks who it is and signs out (${prefix || 'short addresses'})`, async () => {
    await using portal = await openPortal({ people: [ada] })
    const { client } = portal

    const login = await client.post(`${prefix}/auth/login`, { login: ada.email, password: ada.password })
    const secret = login.body.session.id
    const me = await client.get(`${prefix}/auth/me`, secret)
    const logout = await client.post(`${prefix}/auth/logout`, undefined, secret)
    const after = await client.get(`${prefix}/auth/me`, secret)

    assert.equal(login.status, 200)
    assert.deepEqual(Object.keys(login.body), ['session', 'user'])
    assert.deepEqual(Object.keys(login.body.session), ['id', 'session_id', 'expires_at', 'expires_in'])
    assert.match(secret, /^s_[\w-]{64}$/)
    assert.match(login.body.session.session_id, /^ses_[\w-]+$/)
    assert.match(login.body.session.expires_at, iso)
    assert.ok(Math.abs(login.body.session.expires_in - 24 * 60 * 60) < 60)
    assert.equal(me.status, 200)
    assert.deepEqual(Object.keys(me.body), ['user', 'session'])
    assert.equal(me.body.session.session_id, login.body.session.session_id)
    assert.ok(!me.text.includes(secret))
    assert.deepEqual([logout.status, logout.text], [204, ''])
    assertProblem(after, 401, 'session_ended')
    assert.equal(after.headers['www-authenticate'], 'Bearer error="invalid_token"')
    for (const answer of [login, me]) assert.equal(answer.headers['cache-control'], 'no-store')
  })

  test(`a program registers somebody, who confirms the address (${prefix || 'short addresses'})`, async () => {
    await using portal = await openPortal()
    const { client } = portal

    const registered = await client.post(`${prefix}/auth/register`, { ...newcomer, display_name: 'New' })
    const resent = await client.post(`${prefix}/auth/resend-verification`, { email: newcomer.email })
    const early = await client.post(`${prefix}/auth/login`, {
      login: newcomer.email,
      password: newcomer.password,
    })
    const token = await tokenMailedTo(portal, newcomer.email)
    const verified = await client.post(`${prefix}/auth/verify-email`, { token, password: newcomer.password })
    const again = await client.post(`${prefix}/auth/verify-email`, { token, password: newcomer.password })
    const login = await client.post(`${prefix}/auth/login`, {
      login: newcomer.email,
      password: newcomer.password,
    })

    assert.deepEqual([registered.status, registered.body], [202, { status: 'verification_sent' }])
    assert.deepEqual([resent.status, resent.body], [202, { status: 'verification_sent' }])
    assertProblem(early, 401, 'authentication_failed')
    assert.deepEqual([verified.status, verified.body.status], [200, 'verified'])
    assert.match(verified.body.session.id, /^s_[\w-]{64}$/)
    assertProblem(again, 410, 'link_expired')
    assert.equal(login.status, 200)
  })
}

test('a user is shown with the public fields and no others', async () => {
  await using portal = await openPortal({ people: [ada] })

  const { body } = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })

  const { id, created_at, updated_at, ...user } = body.user
  assert.match(id, uuid)
  assert.match(created_at, iso)
  assert.match(updated_at, iso)
  assert.deepEqual(user, {
    email: ada.email,
    email_verified: true,
    username: ada.username,
    display_name: ada.displayName,
    role: 'user',
    is_active: true,
  })
})

test('an address or a username, under either field name, opens the same account', async () => {
  await using portal = await openPortal({ people: [ada] })
  const names = [{ login: ada.email }, { login: 'ADA' }, { email: ada.email }, { username: ada.username }]

  for (const name of names) {
    const { status, body } = await portal.client.post('/auth/login', { ...name, password: ada.password })
    assert.deepEqual([status, body.user.email], [200, ada.email], JSON.stringify(name))
  }
})

test('"remember" makes a session last longer', async () => {
  await using portal = await openPortal({ people: [ada], settings: { SESSION_IDLE: '60d' } })

  const { body } = await portal.client.post('/auth/login', {
    login: 'ada',
    password: ada.password,
    remember: true,
  })

  assert.ok(Math.abs(body.session.expires_in - 30 * 24 * 60 * 60) < 60)
})

test('signing out everywhere ends every session of the person and nobody else’s', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { client } = portal
  const signIn = async ({ email, password }: typeof ada | typeof grace) =>
    (await client.post('/auth/login', { login: email, password })).body.session.id as string
  const [one, other, hers] = [await signIn(ada), await signIn(ada), await signIn(grace)]

  const answer = await client.post('/auth/logout-all', undefined, one)

  assert.equal(answer.status, 204)
  const statuses = await Promise.all(
    [one, other, hers].map(async (secret) => (await client.get('/auth/me', secret)).status),
  )
  assert.deepEqual(statuses, [401, 401, 200])
})

test('open registration signs in at once, and says when an address is taken', async () => {
  await using portal = await openPortal({ people: [ada], settings: { REGISTRATION: 'open' } })

  const opened = await portal.client.post('/auth/register', newcomer)
  const taken = await portal.client.post('/auth/register', { ...newcomer, email: ada.email })

  assert.equal(opened.status, 201)
  assert.match(opened.body.session.id, /^s_/)
  assert.deepEqual([opened.body.user.email, opened.body.user.email_verified], [newcomer.email, false])
  assertProblem(taken, 409, 'email_taken')
  assertProblem(await portal.client.get('/auth/me', opened.body.session.id), 403, 'email_unverified')
})

test('closed registration lets nobody register', async () => {
  await using portal = await openPortal({ settings: { REGISTRATION: 'closed' } })

  assertProblem(await portal.client.post('/auth/register', newcomer), 403, 'forbidden')
  assert.equal(await portal.database.user.count(), 0)
})

test('health can be checked under any name of the machine', async () => {
  await using portal = await openPortal()
  const { client } = portal

  for (const path of ['/health', '/health/ready']) {
    const answer = await client.send(client.portal.get(path), { host: '10.0.0.1' })
    assert.deepEqual([answer.status, answer.body], [200, { status: 'ok', checks: { sql: 'ok' } }])
  }
  const live = await client.get('/health/live')
  assert.deepEqual([live.status, live.body], [200, { status: 'ok', checks: {} }])
})

async function tokenMailedTo(portal: Portal, email: string): Promise<string> {
  return new URL(await portal.linkMailedTo(email), portal.baseUrl).searchParams.get('token') ?? ''
}
