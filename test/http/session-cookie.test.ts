import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { request } from '../support/raw-request.ts'
import { stores } from '../support/stores.ts'
import type { Visitor } from '../support/visitor.ts'

type Person = { email: string; password: string }

function signIn(visitor: Visitor, person: Person = ada, more: Record<string, string> = {}) {
  return visitor.submit('/login', { login: person.email, password: person.password, ...more })
}

/** The session cookie as it came, with its attributes. */
function toSetCookie(headers: Record<string, unknown>, name = 'session'): string {
  const lines = (headers['set-cookie'] ?? []) as string[]
  return lines.find((line) => line.startsWith(`${name}=`)) ?? ''
}

test('session secrets are long, random and never the same', async () => {
  await using portal = await openPortal()
  const secrets = Array.from({ length: 1_000 }, portal.services.sessions.makeSecret)
  assert.equal(new Set(secrets).size, 1_000)
  for (const secret of secrets) assert.match(secret, /^s_[\w-]{64}$/)
  assert.equal(new Set(secrets.map((secret) => secret.slice(2, 8))).size, 1_000)
}) // SES-01

test('the session cookie can be read by no script and sent by no other site', async () => {
  await using portal = await openPortal({ people: [ada] })
  const browserSession = toSetCookie((await signIn(portal.openVisitor())).headers)
  assert.match(browserSession, /^session=s%3As_[\w-]{64}\.[^;]+; Path=\/; HttpOnly; SameSite=Lax$/)
  const remembered = toSetCookie((await signIn(portal.openVisitor(), ada, { remember: 'on' })).headers)
  assert.match(remembered, /; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Lax$/)
  assert.ok(remembered.length < 4_096)
}) // SES-02

test('over https the session cookie is bound to this host and never sent in the clear', async () => {
  await using portal = await openPortal({
    people: [ada],
    settings: { BASE_URL: 'https://login.example.com' },
  })
  const answer = await request({
    port: portal.port,
    method: 'POST',
    path: '/login',
    headers: {
      host: 'login.example.com',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    body: String(new URLSearchParams({ login: ada.email, password: ada.password })),
  })
  const cookie = toSetCookie(answer.headers, '__Host-session')
  assert.match(cookie, /^__Host-session=s%3As_[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)

  const known = cookie.split(';')[0] ?? ''
  const headers = { host: 'login.example.com', cookie: known }
  assert.equal((await request({ port: portal.port, path: '/account', headers })).status, 200)
  const planted = { ...headers, cookie: known.replace('__Host-', '') }
  assert.equal((await request({ port: portal.port, path: '/account', headers: planted })).status, 303)
}) // SES-02

const tamperings: Record<string, (cookie: string) => string> = {
  'without its signature': (cookie) => cookie.split('.')[0] ?? '',
  'with another signature': (cookie) => `${cookie.slice(0, -4)}abcd`,
  'with another secret': (cookie) => cookie.replace(/s_.{4}/, 's_abcd'),
  'cut short': (cookie) => cookie.slice(0, 40),
  'that is empty': () => '',
  'in quotes': (cookie) => `"${cookie}"`,
  'that says it is JSON': () => 'j:{"a":1}',
  'that is only a mark': () => 's%3A',
  'with a broken escape': () => 's%3A%E0%A4%A',
  'of four kilobytes': () => `s%3A${'a'.repeat(4_000)}.${'b'.repeat(43)}`,
  'of bytes that are no text': () => '\x80\xff\xfe',
  'signed with a key of somebody else': () => 's%3As_aaaa.bbbb',
}

test('a tampered session cookie signs nobody in, and is removed', async (t) => {
  await using portal = await openPortal({ people: [ada] })
  await signIn(portal.visitor)
  const { value } = portal.visitor.cookie('session') ?? { value: '' }

  for (const [what, tamper] of Object.entries(tamperings)) {
    await t.test(`one ${what}`, async () => {
      const cookie = `session=${tamper(value)}`
      const answer = await request({
        port: portal.port,
        path: '/account',
        headers: { ...portal.host, cookie },
      })
      assert.equal(answer.status, 303)
      assert.match(toSetCookie(answer.headers), /^session=; Path=\/; Expires=Thu, 01 Jan 1970/)
      const login = await request({ port: portal.port, path: '/login', headers: { ...portal.host, cookie } })
      assert.equal(login.status, 200)
    })
  }
}) // SES-18

test('of two session cookies neither counts, and both are removed', async () => {
  await using portal = await openPortal({ people: [ada] })
  await signIn(portal.visitor)
  const { value } = portal.visitor.cookie('session') ?? { value: '' }
  const twice = { cookie: `session=${value}; session=s%3Aplanted.abc` }
  const answer = await request({ port: portal.port, path: '/account', headers: { ...portal.host, ...twice } })
  assert.equal(answer.status, 303)
  assert.match(toSetCookie(answer.headers), /^session=;/)
}) // SES-19

test('a key that is rotated out signs nobody out', async () => {
  const [old, fresh] = ['o'.repeat(40), 'n'.repeat(40)]
  await using store = await (stores[0] as (typeof stores)[0]).open()
  await using before = await openPortal({
    people: [ada],
    settings: { ...store.settings, SECRET_KEY: old },
  })
  await signIn(before.visitor)
  await using after = await openPortal({ settings: { ...store.settings, SECRET_KEY: `${fresh},${old}` } })

  const { value } = before.visitor.cookie('session') ?? { value: '' }
  const headers = { ...after.host, cookie: `session=${value}` }
  assert.equal((await request({ port: after.port, path: '/account', headers })).status, 200)
})

test('every sign-in has a secret of its own and ends the session that came with it', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { visitor } = portal
  await visitor.post('/auth/login', { login: ada.email, password: ada.password })
  const first = String(visitor.sessionSecret())
  assert.equal((await portal.client.get('/auth/me', first)).status, 200)

  await visitor.post('/auth/login', { login: grace.email, password: grace.password })
  const second = String(visitor.sessionSecret())

  assert.notEqual(second, first)
  assert.equal((await portal.client.get('/auth/me', first)).body.code, 'session_ended')
  assert.equal((await portal.client.get('/auth/me', second)).body.user.email, grace.email)
}) // LOG-11

test('no secret from outside is ever adopted', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  await signIn(portal.visitor, grace)
  const { value } = portal.visitor.cookie('session') ?? { value: '' }
  const hers = String(portal.visitor.sessionSecret())
  const made = `s_${'m'.repeat(64)}`
  const credentials = JSON.stringify({ login: ada.email, password: ada.password, session: made, id: made })
  const ways: Record<string, string>[] = [
    { cookie: `session=${made}` },
    { cookie: `session=s%3A${made}.x` },
    { authorization: `Bearer ${made}` },
    { cookie: `session=${value}; session=${value}`, 'sec-fetch-site': 'same-origin' },
    { cookie: `session=${value}`, authorization: 'Bearer nonsense', 'sec-fetch-site': 'same-origin' },
  ]
  for (const way of ways) {
    const headers = {
      ...portal.host,
      'content-type': 'application/json',
      'sec-fetch-site': 'same-origin',
      ...way,
    }
    const answer = await request({
      port: portal.port,
      method: 'POST',
      path: '/auth/login',
      headers,
      body: credentials,
    })
    assert.equal(answer.status, 200, answer.text)
    const { id } = JSON.parse(answer.text).session
    assert.notEqual(id, made)
    assert.notEqual(id, hers)
    assert.equal((await portal.client.get('/auth/me', id)).body.user.email, ada.email)
  }
  assert.equal((await portal.client.get('/auth/me', hers)).body.user.email, grace.email)
}) // LOG-12

test('a page that a member sees is kept by no cache', async () => {
  await using portal = await openPortal({ people: [ada] })
  await signIn(portal.visitor)
  for (const path of [
    '/account',
    '/logout',
    '/login',
    '/',
    '/no-such-page',
    '/account/style.css',
    '/auth/me',
  ]) {
    const answer = await portal.visitor.visit(path)
    assert.equal(answer.headers['cache-control'], 'no-store', path)
  }
  assert.equal((await portal.visitor.visit('/account/style.css')).status, 404)
}) // SES-23

async function _signInApi(portal: Portal, { email, password }: Person = ada): Promise<string> {
  const answer = await portal.client.post('/auth/login', { login: email, password })
  return answer.body.session.id
}
