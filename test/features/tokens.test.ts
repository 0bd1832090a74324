import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { createTestClock } from '../support/clock.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { createTokenProgram, EXCHANGE, SESSION, toBasic } from '../support/token-endpoint.ts'

const OFFLINE = 'account:read offline_access'
const admin = { ...grace, role: 'admin' as const }

test("a session is exchanged for an access token that is nobody else's to keep", async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const secret = await program.signIn()

  const answer = await program.exchange(secret)

  assert.equal(answer.status, 200)
  assert.deepEqual([answer.headers['cache-control'], answer.headers.pragma], ['no-store', 'no-cache'])
  assert.match(String(answer.headers['content-type']), /^application\/json/)
  const { access_token, ...rest } = answer.body
  assert.deepEqual(rest, {
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'account:read',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  })
  const me = await portal.client.get('/auth/me', access_token)
  assert.deepEqual([me.status, me.body.user.email], [200, ada.email])
}) // TOK-01

test('an access token says who, by whom, for whom and since when, and neither name nor address', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const secret = await program.signIn()
  const { session, user } = (await portal.client.get('/auth/me', secret)).body

  const { body } = await program.exchange(secret)

  const { alg, typ, kid } = decodeProtectedHeader(body.access_token)
  assert.deepEqual([alg, typ, typeof kid], ['EdDSA', 'at+jwt', 'string'])
  const { iat = 0, exp = 0, jti, ...claims } = decodeJwt(body.access_token)
  assert.deepEqual([exp - iat, typeof jti], [600, 'string'])
  assert.deepEqual(claims, {
    iss: portal.baseUrl,
    aud: portal.baseUrl,
    sub: user.id,
    client_id: 'gatehouse',
    sid: session.session_id,
    scope: 'account:read',
    auth_time: Math.floor(Date.parse(session.authenticated_at) / 1000),
    role: 'user',
  })
}) // TOK-04

test('a session sent with nothing else is exchanged', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const secret = await program.signIn()
  for (const path of ['/auth/token', '/api/v1/auth/token']) {
    const answer = await portal.client.post(path, undefined, secret)
    assert.equal(answer.status, 200)
    assert.equal((await portal.client.get('/auth/me', answer.body.access_token)).status, 200)
  }
})

test('an exchange alone leaves nothing behind in the database', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const secret = await program.signIn()
  const count = async () => [
    await portal.database.auditEvent.count(),
    await portal.database.tokenFamily.count(),
  ]
  const before = await count()

  await program.exchange(secret)

  assert.deepEqual(await count(), before)
})

test('whoever asks for offline_access gets a refresh token, and a new one each time it is used', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { body: first } = await program.exchange(await program.signIn(), { scope: OFFLINE })
  assert.match(first.refresh_token, /^r_[\w-]{64}$/)

  const second = await program.refresh(first.refresh_token)

  assert.equal(second.status, 200)
  assert.equal(second.headers['cache-control'], 'no-store')
  assert.equal(second.body.issued_token_type, undefined)
  assert.equal(second.body.scope, OFFLINE)
  assert.notEqual(second.body.refresh_token, first.refresh_token)
  const third = await portal.client.post('/auth/refresh', { refresh_token: second.body.refresh_token })
  assert.equal(third.status, 200)
  assert.equal((await portal.client.get('/auth/me', third.body.access_token)).status, 200)
})

test('a refresh token that comes back after its time ends all that came of it', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock })
  const program = createTokenProgram(portal)
  const { refresh } = await program.openTokens()
  const second = await program.refresh(refresh)
  const third = await program.refresh(second.body.refresh_token)
  clock.forward(11_000)

  const reused = await program.refresh(refresh)

  assert.deepEqual([reused.status, reused.body.error], [400, 'invalid_grant'])
  assert.equal((await program.refresh(third.body.refresh_token)).body.error, 'invalid_grant')
  const mail = await portal.findMail(ada.email)
  assert.match(mail?.text ?? '', /a second copy/)
}) // TOK-11, TOK-15

const mistakes: [name: string, form: Record<string, string> | string, error: string][] = [
  ['nothing at all', {}, 'invalid_request'],
  ['an unknown grant', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
  [
    'a grant that is switched off',
    { grant_type: 'password', username: 'ada', password: 'x' },
    'unsupported_grant_type',
  ],
  ['the name of a built-in thing as grant', { grant_type: 'constructor' }, 'unsupported_grant_type'],
  ['a parameter twice', 'grant_type=refresh_token&grant_type=refresh_token', 'invalid_request'],
  ['a refresh without a token', { grant_type: 'refresh_token' }, 'invalid_request'],
  [
    'a refresh token that never was',
    { grant_type: 'refresh_token', refresh_token: `r_${'a'.repeat(64)}` },
    'invalid_grant',
  ],
  ['a refresh token that is none', { grant_type: 'refresh_token', refresh_token: '\u0000' }, 'invalid_grant'],
  [
    'a session that never was',
    { grant_type: EXCHANGE, subject_token: `s_${'a'.repeat(64)}`, subject_token_type: SESSION },
    'invalid_request',
  ],
  [
    'a subject of another type',
    { grant_type: EXCHANGE, subject_token: 's_', subject_token_type: 'jwt' },
    'invalid_request',
  ],
  ['an exchange of nothing', { grant_type: EXCHANGE }, 'invalid_request'],
  ['somebody to act for', { grant_type: EXCHANGE, actor_token: 'x' }, 'invalid_request'],
  ['an unknown scope', { grant_type: EXCHANGE, scope: 'everything' }, 'invalid_scope'],
  ['another audience', { grant_type: EXCHANGE, audience: 'https://bank.example' }, 'invalid_target'],
  ['a secret of nobody', { grant_type: EXCHANGE, client_secret: 'x' }, 'invalid_request'],
]

test('errors in a request are described in OAuth’s words, and nothing from it is repeated', async (t) => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  for (const [name, form, error] of mistakes) {
    await t.test(name, async () => {
      const answer = await program.post('/auth/token', form)
      assert.deepEqual([answer.status, answer.body.error], [400, error])
      assert.deepEqual(Object.keys(answer.body), ['error', 'error_description'])
      assert.equal(answer.headers['cache-control'], 'no-store')
      assert.doesNotMatch(answer.text, /everything|bank|client_credentials|aaaa/)
      assert.match(answer.body.error_description, /^[A-Z][\x20-\x21\x23-\x5b\x5d-\x7e]+\.$/)
    })
  }
}) // TOK-02

test('other errors are described in the characters that RFC 6749 §5.2 allows', async () => {
  await using portal = await openPortal()
  const { status, body } = await portal.client.post('/auth/token', undefined, 'no token of ours')
  assert.equal(status, 401)
  assert.match(body.error_description, /^It isn't [\x20-\x21\x23-\x5b\x5d-\x7e]+\.$/)
})

test('other methods and other bodies are told what is accepted', async () => {
  await using portal = await openPortal({ people: [ada] })
  const get = await portal.client.get('/auth/token')
  assert.deepEqual([get.status, get.headers.allow, get.body.error], [405, 'POST', 'invalid_request'])
  const json = await portal.client.post('/auth/token', { grant_type: EXCHANGE })
  assert.deepEqual([json.status, json.body.error], [415, 'invalid_request'])
  assert.match(json.body.error_description, /^Send the body as application\/x-www-form-urlencoded,/)
}) // TOK-02

test('no browser can be led by another site to have a session exchanged', async () => {
  await using portal = await openPortal({ people: [ada] })
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })
  const ask = (headers: Record<string, string>) =>
    portal.visitor.submit('/auth/token', { grant_type: EXCHANGE }, headers)

  for (const site of ['cross-site', 'same-site']) {
    const answer = await ask({ 'sec-fetch-site': site, origin: 'https://evil.example', accept: '*/*' })
    assert.equal(answer.status, 403)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
    assert.doesNotMatch(answer.text, /eyJ/)
  }
  assert.equal((await ask({ accept: 'application/json' })).status, 200)
}) // TOK-03

test('a client proves who it is in the one way or the other, and not in both', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { id, secret, inForm, basic } = await program.register()
  const session = await program.signIn()
  const form = { grant_type: EXCHANGE, subject_token: session, subject_token_type: SESSION, scope: OFFLINE }

  const inBody = await program.post('/auth/token', { ...form, ...inForm })
  const inHeader = await program.post('/auth/token', form, basic)
  for (const answer of [inBody, inHeader]) {
    assert.equal(answer.status, 200)
    assert.equal(decodeJwt(answer.body.access_token).client_id, id)
  }

  const refused = [
    await program.post('/auth/token', { ...form, client_id: id, client_secret: 'wrong' }),
    await program.post('/auth/token', { ...form, client_id: id }),
    await program.post('/auth/token', { ...form, client_id: `cli_${'a'.repeat(22)}`, client_secret: secret }),
    await program.post('/auth/token', form, toBasic(id, 'wrong')),
    await program.post('/auth/token', form, { authorization: 'Basic !!' }),
  ]
  for (const answer of refused) {
    assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_client'])
    assert.match(String(answer.headers['www-authenticate']), /^Basic /)
  }
  const both = await program.post('/auth/token', { ...form, ...inForm }, basic)
  assert.deepEqual([both.status, both.body.error], [400, 'invalid_request'])
})

test('a disabled client gets nothing more, and its tokens are dead', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { id, inForm } = await program.register()
  const { refresh } = await program.openTokens(inForm)

  await portal.services.clients.disable(id, { ip: '', userAgent: '', requestId: '' })

  const refused = await program.refresh(refresh, inForm)
  assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client'])
  assert.ok((await portal.database.tokenFamily.findFirstOrThrow()).revokedAt)
})

test('a refresh token is of use to the client that got it and to no other', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const [one, other] = [await program.register(), await program.register()]
  const { refresh } = await program.openTokens(one.inForm)

  for (const form of [other.inForm, {}]) {
    const answer = await program.refresh(refresh, form)
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
  }
  assert.equal((await program.refresh(refresh, one.inForm)).status, 200)
}) // TOK-18

test('no token may do more than its client, its person and its request allow', async () => {
  await using portal = await openPortal({ people: [ada, admin] })
  const program = createTokenProgram(portal)
  const { inForm } = await program.register(['account:read'])
  const session = await program.signIn()
  const scopeOf = async (secret: string, form: Record<string, string>) => {
    const { body } = await program.exchange(secret, form)
    return body.scope ?? body.error
  }

  assert.equal(await scopeOf(session, { scope: 'account:read users:write' }), 'account:read')
  assert.equal(await scopeOf(session, inForm), 'account:read')
  assert.equal(await scopeOf(session, { ...inForm, scope: 'account:write' }), 'invalid_scope')
  const wide = 'account:read users:read users:write'
  assert.equal(await scopeOf(await program.signIn(admin), { scope: wide }), wide)

  const { refresh } = await program.openTokens()
  assert.equal((await program.refresh(refresh, { scope: 'users:write' })).body.error, 'invalid_scope')
  const narrower = await program.refresh(refresh, { scope: 'account:read' })
  assert.equal(narrower.body.scope, 'account:read')
  assert.equal((await program.refresh(narrower.body.refresh_token)).body.scope, OFFLINE)
}) // TOK-17

test('nobody gets a token without a proved address', async () => {
  const people = [{ ...ada, isVerified: false }]
  await using portal = await openPortal({ people, settings: { REGISTRATION: 'open' } })
  const program = createTokenProgram(portal)
  const answer = await program.exchange(await program.signIn())
  assert.deepEqual([answer.status, answer.body.error], [403, 'access_denied'])
}) // REG-08

test('with the password grant a name and a password give tokens, guessing is bounded, and the session can be seen', async () => {
  await using portal = await openPortal({ people: [ada], settings: { PASSWORD_GRANT: 'on' } })
  const program = createTokenProgram(portal)
  const form = { username: ' ADA@example.com', password: ada.password }

  for (const grant of [{}, { grant_type: 'password' }] as Record<string, string>[]) {
    const answer = await program.post('/auth/token', { ...form, ...grant })
    assert.equal(answer.status, 200)
    assert.match(answer.body.refresh_token, /^r_/)
    assert.equal(answer.headers['set-cookie'], undefined)
    assert.equal((await program.refresh(answer.body.refresh_token)).status, 200)
  }
  assert.equal(await portal.database.session.count(), 2)

  const guesses = await Promise.all(
    Array.from({ length: 8 }, () => program.post('/auth/token', { ...form, password: 'wrong' })),
  )
  const refused = guesses.filter(({ status }) => status === 400)
  assert.ok(refused.length > 0 && refused.length <= 5)
  for (const { body } of refused) assert.equal(body.error, 'invalid_grant')
  for (const { headers } of guesses.filter(({ status }) => status === 429)) assert.ok(headers['retry-after'])
})

test('an access token and a refresh token are not sessions, and a session is neither', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { session, access, refresh } = await program.openTokens()

  assert.equal((await program.exchange(access)).body.error, 'invalid_request')
  assert.equal((await program.exchange(refresh)).body.error, 'invalid_request')
  assert.equal((await portal.client.post('/auth/token', undefined, access)).body.error, 'invalid_request')
  assert.equal((await portal.client.post('/auth/token', undefined, refresh)).status, 401)
  assert.equal((await program.refresh(session)).body.error, 'invalid_grant')
  assert.equal((await program.refresh(access)).body.error, 'invalid_grant')
  assert.equal((await portal.client.get('/auth/me', refresh)).body.code, 'token_invalid')
}) // SES-22

test('signing out with a refresh token ends it and what came of it, and leaves the session', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { session, refresh } = await program.openTokens()
  const next = await program.refresh(refresh)

  assert.equal(
    (await portal.client.post('/auth/logout', { refresh_token: next.body.refresh_token })).status,
    204,
  )

  assert.equal((await program.refresh(next.body.refresh_token)).body.error, 'invalid_grant')
  assert.equal((await portal.client.get('/auth/me', session)).status, 200)
})

test('nobody finds a token in a page, a log line or an address', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { session, access, refresh } = await program.openTokens()
  const { secret, inForm } = await program.register()
  await program.refresh(refresh, inForm)
  await portal.client.get(`/auth/me?access_token=${access}`)
  assert.equal((await portal.client.get(`/auth/me?access_token=${access}`)).status, 401)
  const inAddress = [
    `/auth/token?grant_type=refresh_token&refresh_token=${refresh}`,
    `/auth/token?grant_type=${EXCHANGE}&subject_token=${session}&subject_token_type=${SESSION}`,
    `/auth/revoke?token=${refresh}`,
    `/auth/introspect?token=${access}&client_id=${inForm.client_id}&client_secret=${secret}`,
  ]
  for (const path of inAddress) assert.ok((await program.post(path)).status >= 400, path)
  assert.equal((await program.refresh(refresh)).status, 200)
  const log = portal.lines.join('')
  assert.match(log, /"path":"\/auth\/introspect"/)
  for (const each of [session, access, refresh, secret]) assert.equal(log.includes(each), false)
}) // TOK-23
