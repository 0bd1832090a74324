import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { createTokenProgram, EXCHANGE, SESSION, toBasic } from '../support/token-endpoint.ts'

const OFFLINE = 'account:read offline_access'

test('a parameter sent empty counts as not sent', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const session = await program.signIn()
  const empty = {
    scope: '',
    audience: '',
    resource: '',
    client_id: '',
    requested_token_type: '',
    actor_token: '',
  }

  const exchanged = await program.exchange(session, empty)

  assert.deepEqual([exchanged.status, exchanged.body.scope], [200, 'account:read'])
  const { refresh } = await program.openTokens()
  assert.equal(
    (await program.refresh(refresh, { scope: '', client_id: '', client_secret: '' })).body.scope,
    OFFLINE,
  )
  const bearer = { authorization: `Bearer ${session}` }
  assert.equal((await program.post('/auth/token', 'grant_type=&subject_token=', bearer)).status, 200)
}) // RFC 6749 §3.1

test('a scope of nothing but spaces is no scope', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(await program.signIn(), { scope: '  ' })
  assert.equal(body.error, 'invalid_scope')
})

test('with the password grant, too, a client gets what it may have and no more', async () => {
  await using portal = await openPortal({ people: [ada], settings: { PASSWORD_GRANT: 'on' } })
  const program = createTokenProgram(portal)
  const narrow = await program.register(['account:read', 'offline_access'])
  const login = { grant_type: 'password', username: ada.email, password: ada.password }

  const answer = await program.post('/auth/token', { ...login, ...narrow.inForm })
  assert.deepEqual([answer.status, answer.body.scope], [200, OFFLINE])
  assert.match(answer.body.refresh_token, /^r_/)

  const short = await program.register(['account:read'])
  const without = await program.post('/auth/token', { ...login, ...short.inForm })
  assert.deepEqual([without.status, without.body.scope], [200, 'account:read'])
  assert.equal(without.body.refresh_token, undefined)

  const sessions = await portal.database.session.count()
  const tooMuch = await program.post('/auth/token', { ...login, ...short.inForm, scope: 'account:write' })
  assert.equal(tooMuch.body.error, 'invalid_scope')
  assert.equal(await portal.database.session.count(), sessions)
})

test('a wrong password is a grant that was refused, without a challenge', async () => {
  await using portal = await openPortal({ people: [ada], settings: { PASSWORD_GRANT: 'on' } })
  const program = createTokenProgram(portal)
  const login = { grant_type: 'password', username: ada.email, password: 'wrong' }
  const { status, body, headers } = await program.post('/auth/token', login)
  assert.deepEqual([status, body.error, headers['www-authenticate']], [400, 'invalid_grant', undefined])
}) // RFC 6749 §5.2

test('a client that fails Basic authentication is refused, and never taken for one of our own programs', async (t) => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { id, secret } = await program.register()
  const session = await program.signIn()
  const credentials = Buffer.from(`${id}:${secret}`).toString('base64')
  const wrong = [
    'Basic',
    'Basic ',
    `Basic ${credentials} ${credentials}`,
    `Basic,${credentials}`,
    'Basic !!',
    toBasic('', secret).authorization,
    toBasic('gatehouse', '').authorization,
    toBasic(id, `${secret}\0`).authorization,
    toBasic(`${id}%`, secret).authorization,
    toBasic('__proto__', secret).authorization,
    toBasic(id, 'x'.repeat(8_000)).authorization,
  ]
  for (const authorization of wrong) {
    await t.test(authorization.slice(0, 40), async () => {
      const refresh = (await program.exchange(session, { scope: OFFLINE })).body.refresh_token
      for (const [path, form] of [
        ['/auth/token', { grant_type: 'refresh_token', refresh_token: refresh }],
        ['/auth/revoke', { token: refresh }],
        ['/auth/introspect', { token: refresh }],
      ] as const) {
        const answer = await program.post(path, form, { authorization })
        assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_client'])
      }
      assert.equal((await program.refresh(refresh)).status, 200)
    })
  }
  const asked = { token: 'nothing' }
  for (const scheme of ['basic', 'BASIC'])
    assert.equal(
      (await program.post('/auth/introspect', asked, { authorization: `${scheme} ${credentials}` })).status,
      200,
    )
})

test('a client that proves who it is and brings nothing to exchange is told so', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { basic } = await program.register()
  const { status, body } = await program.post('/auth/token', { grant_type: EXCHANGE }, basic)
  assert.deepEqual([status, body.error], [400, 'invalid_request'])
})

test('a family with a scope that no longer exists gives the rest of its scopes, and not everything', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { refresh } = await program.openTokens()
  await portal.database.tokenFamily.updateMany({
    data: { scope: 'account:read offline_access retired:scope' },
  })

  const { body } = await program.refresh(refresh)

  assert.equal(body.scope, OFFLINE)
  assert.equal(decodeJwt(body.access_token).scope, OFFLINE)
}) // TOK-17

test('odd bytes anywhere in a request for tokens are refused, and nothing breaks', async (t) => {
  await using portal = await openPortal({ people: [ada], settings: { PASSWORD_GRANT: 'on' } })
  const program = createTokenProgram(portal)
  const session = await program.signIn()
  const { inForm } = await program.register()
  const odd = {
    NUL: 'a\0b',
    'a lone surrogate': '\ud800',
    long: 'x'.repeat(60_000),
    proto: '__proto__',
    list: '["a"]',
  }
  const forms: [path: string, form: Record<string, string>][] = [
    [
      '/auth/token',
      { grant_type: EXCHANGE, subject_token: session, subject_token_type: SESSION, scope: OFFLINE },
    ],
    ['/auth/token', { grant_type: 'refresh_token', refresh_token: 'r_', ...inForm }],
    [
      '/auth/token',
      { grant_type: 'password', username: ada.email, password: 'x', audience: 'x', resource: 'x' },
    ],
    ['/auth/revoke', { token: 'x', token_type_hint: 'x', ...inForm }],
    ['/auth/introspect', { token: 'x', token_type_hint: 'x', ...inForm }],
    ['/auth/refresh', { refresh_token: 'x', scope: OFFLINE, ...inForm }],
  ]
  for (const [name, value] of Object.entries(odd))
    for (const [path, form] of forms)
      for (const field of [...Object.keys(form), '__proto__', 'constructor'])
        await t.test(`${path}: ${field} is ${name}`, async () => {
          const sent = Object.fromEntries([...Object.entries(form), [field, value]])
          const answer =
            path === '/auth/refresh' ? await portal.client.post(path, sent) : await program.post(path, sent)
          assert.ok(answer.status < 500, `${answer.status} ${answer.text}`)
          if (answer.status !== 200 && answer.status !== 429) assert.equal(typeof answer.body.error, 'string')
        })
})

test('whoever names no scope gets the least there is, and a client that may not even have that gets nothing', async () => {
  await using portal = await openPortal({
    people: [{ ...ada, role: 'admin' }],
    settings: { PASSWORD_GRANT: 'on' },
  })
  const program = createTokenProgram(portal)
  const session = await program.signIn()
  const registered = await program.register(['account:read', 'account:write', 'users:read'])
  const other = await program.register(['users:read'])
  const login = { username: ada.email, password: ada.password }

  assert.equal((await program.exchange(session)).body.scope, 'account:read')
  assert.equal(
    (await program.post('/auth/token', {}, { authorization: `Bearer ${session}` })).body.scope,
    'account:read',
  )
  assert.equal((await program.exchange(session, registered.inForm)).body.scope, 'account:read')
  assert.equal((await program.post('/auth/token', login)).body.scope, 'account:read offline_access')
  assert.equal((await program.exchange(session, other.inForm)).body.error, 'invalid_scope')
})
