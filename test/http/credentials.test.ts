import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, me, newcomer, signIn } from '../support/api-answers.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { exchange } from '../support/raw-request.ts'

test('the word before a token may be written in upper or lower case', async () => {
  await using portal = await openPortal({ people: [ada] })
  const secret = await signIn(portal)

  for (const authorization of [`Bearer ${secret}`, `bearer ${secret}`, `BEARER  ${secret}`]) {
    assert.equal((await me(portal, { authorization })).status, 200, authorization.slice(0, 8))
  }
}) // SES-21

test('anything but one whole token in the right place opens nothing', async () => {
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

test('a token identifies its owner or nobody, whatever cookie comes with it', async () => {
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
