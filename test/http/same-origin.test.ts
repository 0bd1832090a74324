import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { listChangingAddresses, readEverything, withGoogle } from '../support/addresses.ts'
import { openCuttableDatabase } from '../support/cuttable-database.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { type RawAnswer, request } from '../support/raw-request.ts'

const somebody = `/admin/users/${randomUUID()}`
const evil = 'https://portal.example.evil.test'
const foreign: Record<string, Record<string, string>> = {
  'another site': { 'sec-fetch-site': 'cross-site', origin: evil },
  'a neighbour under the same domain': { 'sec-fetch-site': 'same-site', origin: evil },
  'another site that claims to be ours in Origin': { 'sec-fetch-site': 'cross-site' },
  'an old browser on another site': { origin: evil },
  'a sandboxed frame': { origin: 'null' },
  'a look-alike of our origin': { origin: 'HTTP://LOCALHOST' },
  'a browser whose words were removed on the way': {},
}

test('no form or script of another site changes anything, at any address, signed in or not', async (t) => {
  await using portal = await openPortal({ people: [ada], settings: withGoogle })
  await portal.visitor.submit('/register', { email: grace.email, password: grace.password })
  const fields = await fillIn(portal)
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })
  const cookie = [...portal.visitor.jar].map(([name, { value }]) => `${name}=${value}`).join('; ')
  const before = await readEverything(portal)
  const addresses = listChangingAddresses(portal)
  assert.ok(addresses.length >= 16)

  for (const { method, path, isApi } of addresses) {
    await t.test(`${method} ${path}`, async () => {
      for (const [who, words] of Object.entries(foreign)) {
        const answer = await send(portal, { method, path, isApi, fields, headers: { ...words, cookie } })
        assert.equal(answer.status, 403, `${who}: ${answer.text}`)
        if (Object.keys(words).length === 0) continue
        const stranger = await send(portal, { method, path, isApi, fields, headers: words })
        assert.equal(stranger.status, 403, `${who}, signed out`)
        assert.equal(stranger.headers['set-cookie'], undefined)
      }
    })
  }

  assert.equal(await readEverything(portal), before)
  assert.equal((await portal.visitor.visit('/account')).status, 200)
}) // WEB-01

test('the same forms do their work when they come from our own pages', async () => {
  await using portal = await openPortal({ people: [ada] })
  const ours: Record<string, string> = { 'sec-fetch-site': 'same-origin', origin: portal.baseUrl }
  const fields = { login: ada.email, password: ada.password }

  const all: Record<string, string>[] = [ours, { origin: portal.baseUrl }, { 'sec-fetch-site': 'none' }, {}]
  for (const words of all) {
    const answer = await send(portal, { method: 'POST', path: '/login', fields, headers: words })
    assert.equal(answer.status, 303, JSON.stringify(words))
  }
})

test('a request with a bearer token need not prove its origin, but a form that only claims one must', async () => {
  await using portal = await openPortal({ people: [ada] })
  const signedIn = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })
  const headers = {
    authorization: `Bearer ${signedIn.body.session.id}`,
    origin: evil,
    'sec-fetch-site': 'cross-site',
  }

  const page = await send(portal, { method: 'POST', path: '/logout', fields: {}, headers })
  const api = await send(portal, { method: 'POST', path: '/auth/logout', fields: {}, isApi: true, headers })

  assert.deepEqual([page.status, api.status], [403, 204])
})

test('a form that another site sent comes back with what was typed, except the password, and can then be sent', async (t) => {
  await using portal = await openPortal({ people: [ada], settings: withGoogle })
  const fields = {
    login: 'somebody "else"',
    email: 'new@example.com',
    display_name: 'Grace <i>',
    password: 'never-shown-again',
    current_password: 'never-shown-again',
    new_password: 'never-shown-again',
    token: 'a-token-from-a-mail',
    return_to: '/account',
  }
  const shows: Record<string, string[]> = {
    '/login': ['value="somebody &#34;else&#34;"', 'value="/account"'],
    '/register': ['value="new@example.com"'],
    '/verify-email': ['value="a-token-from-a-mail"'],
    '/verify-email/code': ['value="new@example.com"'],
    '/verify-email/resend': ['value="new@example.com"'],
    '/forgot-password': ['value="new@example.com"', 'value="/account"'],
    '/reset-password': ['value="a-token-from-a-mail"'],
    '/logout': [],
    '/account/data/delete': [],
    '/account/email': [],
    '/account/email/code': [],
    '/account/email/confirm': ['value="a-token-from-a-mail"'],
    '/not-me': ['value="a-token-from-a-mail"'],
    '/undo-email-change': ['value="a-token-from-a-mail"'],
    '/account/password': [],
    '/account/profile': ['value="Grace &lt;i&gt;"'],
    '/admin/users/new': ['value="new@example.com"'],
    [`${somebody}/edit`]: ['value="Grace &lt;i&gt;"'],
    [`${somebody}/deactivate`]: [],
    '/auth/oauth/google': ['value="/account"'],
    '/auth/oauth/google/reauthenticate': [],
    '/reauthenticate': [],
  }

  const isButton = ({ path }: { path: string }) => toPageOfButton(path) !== null
  const all = listChangingAddresses(portal)
    .filter(({ isApi }) => !isApi)
    .map((page) => ({ ...page, path: page.path.replace('/admin/users/1', somebody) }))
  const pages = all.filter((page) => !isButton(page))
  assert.deepEqual(pages.map(({ path }) => path).toSorted(), Object.keys(shows).toSorted())
  for (const { method, path } of pages) {
    await t.test(path, async () => {
      const answer = await send(portal, { method, path, fields, headers: { origin: evil } })
      assert.equal(answer.status, 403)
      assert.match(answer.text, /<form method="post"/)
      assert.match(answer.text, /came from another site, so nothing has changed/)
      for (const value of shows[path] ?? []) assert.ok(answer.text.includes(value), value)
      assert.doesNotMatch(answer.text, /never-shown-again|<i>/)
    })
  }
  for (const { method, path } of all.filter(isButton)) {
    await t.test(`${path}, which is a button`, async () => {
      const answer = await send(portal, { method, path, fields, headers: { origin: evil } })
      assert.equal(answer.status, 403)
      const [, way = ''] = /class="button button-primary" href="([^"]+)"/.exec(answer.text) ?? []
      assert.equal((await portal.visitor.visit(way)).headers.location, toPageOfButton(path))
    })
  }
}) // DESIGN §7

test('an unreadable form from another site is still answered with an empty one', async () => {
  await using portal = await openPortal()

  for (const [type, body] of [
    ['text/plain', 'x'],
    ['application/x-www-form-urlencoded', 'a=1&a=2'],
    ['application/x-www-form-urlencoded', 'a'.repeat(200_000)],
  ] as const) {
    const headers = { ...portal.host, origin: evil, 'content-type': type }
    const answer = await request({ port: portal.port, method: 'POST', path: '/login', headers, body })
    assert.equal(answer.status, 403)
    assert.match(answer.text, /<form method="post" action="\/login"/)
  }
})

test('whoever tries too often gets the form back with what was typed and how long to wait', async () => {
  await using portal = await openPortal()
  const form = { email: 'not-an-address', password: 'never-shown-again', display_name: 'Ada' }
  for (let time = 0; time < 10; time++) await portal.visitor.submit('/register', form)

  const answer = await portal.visitor.submit('/register', form)

  assert.equal(answer.status, 429)
  assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/)
  assert.match(answer.text, /Please wait (1 minute|5\d seconds)/)
  assert.match(answer.text, /value="not-an-address"/)
  assert.doesNotMatch(answer.text, /never-shown-again/)
})

test('when the database is away the form comes back with what was typed', async () => {
  await using database = await openCuttableDatabase()
  await using portal = await openPortal({ settings: database.settings })
  database.cutOff.refuse()

  const answer = await portal.visitor.submit('/login', { login: 'ada', password: 'never-shown-again' })

  assert.equal(answer.status, 503)
  assert.match(String(answer.headers['retry-after']), /^\d+$/)
  assert.match(answer.text, /value="ada"/)
  assert.doesNotMatch(answer.text, /never-shown-again/)
})

test('other origins may use the API only when they are named in CORS_ORIGINS, and never with a cookie', async () => {
  const friend = 'https://app.example.com'
  await using portal = await openPortal({ people: [ada], settings: { CORS_ORIGINS: friend } })
  const login = (headers: Record<string, string>) =>
    send(portal, {
      method: 'POST',
      path: '/auth/login',
      isApi: true,
      fields: { login: ada.email, password: ada.password },
      headers: { 'sec-fetch-site': 'cross-site', ...headers },
    })

  const friendly = await login({ origin: friend })
  const withCookie = await login({ origin: friend, cookie: 'session=x' })
  const strangers = await Promise.all(
    [evil, 'null', `${friend}.evil.test`, 'https://APP.example.com', `${friend}:8443`].map((origin) =>
      login({ origin }),
    ),
  )

  assert.equal(friendly.status, 200)
  assert.equal(friendly.headers['access-control-allow-origin'], friend)
  assert.equal(friendly.headers['access-control-allow-credentials'], undefined)
  assert.equal(withCookie.status, 403)
  for (const stranger of strangers) {
    assert.equal(stranger.status, 403)
    assert.equal(stranger.headers['access-control-allow-origin'], undefined)
  }
  const page = await send(portal, { method: 'POST', path: '/login', fields: {}, headers: { origin: friend } })
  assert.equal(page.status, 403)
}) // WEB-11

test('without CORS_ORIGINS no answer is given to another origin, whichever address it asks', async () => {
  await using portal = await openPortal({ settings: withGoogle })

  for (const path of ['/auth/me', '/auth/login', '/login', '/health', '/css/app.css']) {
    for (const method of ['GET', 'OPTIONS']) {
      const headers = { ...portal.host, origin: evil, 'access-control-request-method': 'POST' }
      const answer = await request({ port: portal.port, method, path, headers })
      assert.equal(answer.headers['access-control-allow-origin'], undefined, `${method} ${path}`)
    }
  }
}) // WEB-11

function toPageOfButton(path: string): string | null {
  if (path.startsWith('/account/sessions/')) return '/account/sessions'
  if (path.startsWith('/admin/mail/')) return '/admin/mail'
  if (path.startsWith(somebody) && !/\/(edit|deactivate)$/.test(path)) return somebody
  const pages = {
    '/account/data/keep': '/account',
    '/account/email/cancel': '/account/email',
    '/account/identities/unlink': '/account/identities',
    '/auth/oauth/google/link': '/account/identities',
  }
  return pages[path as keyof typeof pages] ?? null
}

/** Fields that every form understands, with values that would do something. */
async function fillIn(portal: Portal) {
  const token =
    new URL(await portal.linkMailedTo(grace.email), portal.baseUrl).searchParams.get('token') ?? ''
  return { login: ada.email, email: 'new@example.com', username: 'new', password: ada.password, token }
}

type Sent = {
  method: string
  path: string
  fields: Record<string, string>
  headers: Record<string, string>
  isApi?: boolean
}

function send(portal: Portal, { method, path, fields, headers, isApi }: Sent): Promise<RawAnswer> {
  const type = isApi ? 'application/json' : 'application/x-www-form-urlencoded'
  return request({
    port: portal.port,
    method,
    path,
    headers: { ...portal.host, accept: 'text/html', 'content-type': type, ...headers },
    body: isApi ? JSON.stringify(fields) : String(new URLSearchParams(fields)),
  })
}
