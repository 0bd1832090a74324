import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_CODES } from '../src/errors.ts'
import { ada, grace } from './support/people.ts'
import { openPortal, type Portal } from './support/portal.ts'
import { exchange } from './support/raw-request.ts'
import type { Answer } from './support/visitor.ts'

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const newcomer = { email: 'new@example.com', password: 'copper lantern orbit' }

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

test('a user is shown with what belongs to the public, and nothing else', async () => {
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

test('an address, a username or both names of the field open the same account', async () => {
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

test('closed registration takes nobody', async () => {
  await using portal = await openPortal({ settings: { REGISTRATION: 'closed' } })

  assertProblem(await portal.client.post('/auth/register', newcomer), 403, 'forbidden')
  assert.equal(await portal.database.user.count(), 0)
})

test('every refusal is a problem with a code from the closed list, in one shape', async (t) => {
  await using portal = await openPortal({ people: [ada] })
  const { client } = portal
  const refused: Record<string, [status: number, code: string, ask: () => Promise<Answer>]> = {
    'no field': [422, 'validation_failed', () => client.post('/auth/login', {})],
    'a wrong password': [
      401,
      'authentication_failed',
      () => client.post('/auth/login', { login: 'ada', password: 'x' }),
    ],
    'nobody signed in': [401, 'authentication_required', () => client.get('/auth/me')],
    'a token of nobody': [401, 'token_invalid', () => client.get('/auth/me', `s_${'a'.repeat(64)}`)],
    'no such address': [404, 'not_found', () => client.get('/api/v1/nothing')],
    'another method': [405, 'method_not_allowed', () => client.get('/auth/login')],
    'another type': [
      415,
      'unsupported_media_type',
      () => client.send(client.portal.post('/auth/login').type('text/plain').send('x')),
    ],
    'no JSON': [
      400,
      'malformed_request',
      () => client.send(client.portal.post('/auth/login').type('json').send('{')),
    ],
    'too much': [413, 'payload_too_large', () => client.post('/auth/login', { login: 'x'.repeat(200_000) })],
    'another site': [
      403,
      'cross_site_request',
      () => client.send(client.portal.post('/auth/login'), { origin: 'https://evil.test' }),
    ],
    'a used link': [410, 'link_expired', () => client.post('/auth/verify-email', { token: 'x' })],
  }

  for (const [what, [status, code, ask]] of Object.entries(refused)) {
    await t.test(what, async () => {
      const answer = await ask()
      assertProblem(answer, status, code)
      if (status === 401) assert.match(String(answer.headers['www-authenticate']), /^Bearer/)
    })
  }
})

test('a mistake in a field names the field, a code and a sentence', async () => {
  await using portal = await openPortal()

  const { body } = await portal.client.post('/auth/register', { email: 'nobody', password: 'password' })

  assert.deepEqual(
    body.errors.map(({ field }: { field: string }) => field),
    ['email'],
  )
  for (const error of body.errors) {
    assert.deepEqual(Object.keys(error), ['field', 'code', 'message'])
    assert.match(error.message, /^[A-Z].*\.$/)
  }
})

test('too many attempts are told how long to wait', async () => {
  await using portal = await openPortal()
  const attempt = () => portal.client.post('/auth/login', { login: 'nobody', password: 'x' })
  for (let time = 0; time < 5; time++) await attempt()

  const answer = await attempt()

  assertProblem(answer, 429, 'too_many_attempts')
  assert.ok(Number(answer.headers['retry-after']) > 200)
  assert.match(answer.body.detail, /Please wait 5 minutes/)
})

test('the word before a token may be written in any letters', async () => {
  await using portal = await openPortal({ people: [ada] })
  const secret = await signIn(portal)

  for (const authorization of [`Bearer ${secret}`, `bearer ${secret}`, `BEARER  ${secret}`]) {
    assert.equal((await me(portal, { authorization })).status, 200, authorization.slice(0, 8))
  }
}) // SES-21

test('what is not one whole token in the right place opens nothing', async () => {
  await using portal = await openPortal({ people: [ada] })
  const secret = await signIn(portal)
  const wrong = [
    '',
    'Bearer',
    'Bearer ',
    secret,
    `Basic ${secret}`,
    `Bearer ${secret.slice(0, -1)}`,
    `Bearer ${secret}a`,
  ]
  const odd = [
    `Bearer ${secret}, Bearer ${secret}`,
    `Bearer "${secret}"`,
    `Token ${secret}`,
    `Bearer ${secret.toUpperCase()}`,
  ]

  for (const authorization of [...wrong, ...odd]) {
    const answer = await me(portal, { authorization })
    assertProblem(answer, 401, 'token_invalid')
    assert.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"')
  }
}) // SES-21

test('a token in an address or in a body is not looked at', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { client } = portal
  const secret = await signIn(portal)

  assertProblem(
    await client.get(`/auth/me?access_token=${secret}&token=${secret}`),
    401,
    'authentication_required',
  )
  const logout = client.portal.post('/auth/logout-all').type('form').send({ access_token: secret })
  assertProblem(await client.send(logout), 401, 'authentication_required')
  assert.equal((await client.get('/auth/me', secret)).status, 200)
}) // SES-21

test('two Authorization headers are refused, even when both are right', async () => {
  await using portal = await openPortal({ people: [ada] })
  const header = `Authorization: Bearer ${await signIn(portal)}\r\n`

  const answer = await exchange(
    portal.port,
    `GET /auth/me HTTP/1.1\r\nHost: ${portal.host.host}\r\nConnection: close\r\n${header}${header}\r\n`,
  )

  assert.match(answer, /^HTTP\/1.1 400 [\s\S]*"code":"malformed_request"/)
}) // SES-21

test('whoever sends a token is who it belongs to, or nobody, whatever cookie comes with it', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { visitor } = portal
  await visitor.submit('/login', { login: grace.email, password: grace.password })
  const ours = { 'sec-fetch-site': 'same-origin' }

  const byCookie = await visitor.visit('/auth/me', ours)
  const byToken = await visitor.visit('/auth/me', {
    ...ours,
    authorization: `Bearer ${await signIn(portal)}`,
  })
  const byNothing = await visitor.visit('/auth/me', { ...ours, authorization: 'Bearer nothing' })
  const page = await visitor.visit('/account', { authorization: 'Bearer nothing' })

  assert.equal(byCookie.body.user.email, grace.email)
  assert.equal(byToken.body.user.email, ada.email)
  assertProblem(byNothing, 401, 'token_invalid')
  assert.equal(byNothing.headers['set-cookie'], undefined)
  assert.equal(page.status, 303)
  assert.equal((await visitor.visit('/account')).status, 200)
}) // SES-20

test('the cookie counts for the API only on requests of our own pages', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })

  for (const site of ['cross-site', 'same-site']) {
    assertProblem(await visitor.visit('/auth/me', { 'sec-fetch-site': site }), 401, 'authentication_required')
  }
  assertProblem(
    await visitor.visit('/auth/me', { origin: 'https://evil.test' }),
    401,
    'authentication_required',
  )
  assert.equal((await visitor.visit('/auth/me', { 'sec-fetch-site': 'same-origin' })).status, 200)
}) // SES-20

test('who somebody is and what they may do never comes from what they send', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { client, database } = portal
  const hers = await database.user.findUniqueOrThrow({ where: { email: grace.email } })
  const claims = {
    user_id: hers.id,
    userId: hers.id,
    id: hers.id,
    sub: hers.id,
    role: 'admin',
    is_active: true,
    email_verified: true,
    emailVerifiedAt: new Date(),
  }
  const secret = await signIn(portal)

  const me = await client.send(client.portal.get('/auth/me').query(claims as object), {
    authorization: `Bearer ${secret}`,
  })
  await client.post('/auth/logout-all', claims, secret)
  await client.post('/auth/register', { ...newcomer, ...claims })
  const anonymous = await client.post('/auth/logout-all', claims)

  assert.equal(me.body.user.email, ada.email)
  assertProblem(anonymous, 401, 'authentication_required')
  const added = await database.user.findUniqueOrThrow({ where: { email: newcomer.email } })
  assert.notEqual(added.id, hers.id)
  assert.deepEqual([added.role, added.emailVerifiedAt], ['user', null])
  assert.equal(
    (await client.post('/auth/login', { login: grace.email, password: grace.password })).status,
    200,
  )
}) // AUT-03, REG-02

test('the state of the portal can be asked, by any name of the machine', async () => {
  await using portal = await openPortal()
  const { client } = portal

  for (const path of ['/health', '/health/ready']) {
    const answer = await client.send(client.portal.get(path), { host: '10.0.0.1' })
    assert.deepEqual([answer.status, answer.body], [200, { status: 'ok', checks: { sql: 'ok' } }])
  }
  const live = await client.get('/health/live')
  assert.deepEqual([live.status, live.body], [200, { status: 'ok', checks: {} }])
})

function assertProblem(answer: Answer, status: number, code: string) {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.equal(answer.body.code, code)
  assert.ok(ERROR_CODES.includes(answer.body.code))
  const { errors, ...problem } = answer.body
  assert.deepEqual(Object.keys(problem), ['type', 'title', 'status', 'code', 'detail', 'request_id'])
  assert.equal(problem.type, `urn:gatehouse:problem:${code}`)
  assert.equal(problem.status, status)
  assert.equal(problem.request_id, answer.headers['x-request-id'])
  assert.equal(errors !== undefined, code === 'validation_failed')
}

async function signIn({ client }: Portal): Promise<string> {
  return (await client.post('/auth/login', { login: ada.email, password: ada.password })).body.session.id
}

function me({ client }: Portal, headers: Record<string, string>) {
  return client.send(client.portal.get('/auth/me'), headers)
}

async function tokenMailedTo(portal: Portal, email: string): Promise<string> {
  return new URL(await portal.linkMailedTo(email), portal.baseUrl).searchParams.get('token') ?? ''
}
