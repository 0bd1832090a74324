import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withGoogle } from '../support/addresses.ts'
import { openCuttableDatabase } from '../support/cuttable-database.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { type RawAnswer, request } from '../support/raw-request.ts'

const overHttps = { BASE_URL: 'https://login.example.com' }
const expected: Record<string, RegExp> = {
  'strict-transport-security': /^max-age=31536000; includeSubDomains$/,
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^(same-origin|no-referrer)$/,
  'x-frame-options': /^DENY$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'x-request-id': /^[\da-f-]{36}$/,
}
const strictPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "object-src 'none'",
  "frame-ancestors 'none'",
]

test('every answer, whatever its status, tells browsers to be strict', async (t) => {
  await using portal = await openPortal({ people: [ada], settings: overHttps })
  const answers: Record<number, () => Promise<RawAnswer>> = {
    200: () => ask(portal, 'GET', '/login'),
    202: () => ask(portal, 'POST', '/auth/resend-verification', { email: 'nobody@example.com' }),
    303: () => ask(portal, 'GET', '/account'),
    400: () => ask(portal, 'GET', '/login', null, { host: 'evil.test' }),
    401: () => ask(portal, 'GET', '/auth/me'),
    403: () => ask(portal, 'POST', '/login', {}, { origin: 'https://evil.test' }),
    404: () => ask(portal, 'GET', '/no-such-page'),
    405: () => ask(portal, 'PUT', '/login'),
    410: () => ask(portal, 'POST', '/auth/verify-email', { token: 'none' }),
    413: () => ask(portal, 'POST', '/auth/login', { login: 'x'.repeat(200_000) }),
    415: () => ask(portal, 'POST', '/auth/login', {}, { 'content-type': 'text/xml' }),
    422: () => ask(portal, 'POST', '/auth/login', {}),
    429: () => askUntilRefused(portal),
    500: () => askBrokenDatabase(portal),
  }

  for (const [status, answer] of Object.entries(answers)) {
    await t.test(status, async () => {
      const { headers, status: got } = await answer()
      assert.equal(got, Number(status))
      assertStrict(headers)
    })
  }
  await t.test('a static file', async () => assertStrict((await ask(portal, 'GET', '/css/app.css')).headers))
}) // WEB-02, WEB-03

test('an answer that must be given without the database tells browsers to be strict, too', async () => {
  await using database = await openCuttableDatabase()
  await using portal = await openPortal({ settings: { ...database.settings, ...overHttps } })
  database.cutOff.refuse()

  const answer = await ask(portal, 'POST', '/auth/login', { login: 'ada', password: 'x' })

  assert.equal(answer.status, 503)
  assert.match(String(answer.headers['retry-after']), /^\d+$/)
  assertStrict(answer.headers)
}) // WEB-02

test('over plain http nothing demands https', async () => {
  await using portal = await openPortal()

  const { headers } = await portal.visitor.visit('/login')

  assert.equal(headers['strict-transport-security'], undefined)
})

test('no answer says which software made it', async () => {
  await using portal = await openPortal()

  for (const path of ['/login', '/no-such-page', '/auth/me', '/css/app.css', '/health']) {
    const { headers } = await portal.visitor.visit(path)
    assert.equal(headers['x-powered-by'], undefined)
    assert.equal(headers.server, undefined)
    assert.doesNotMatch(JSON.stringify(headers), /express|node/i)
  }
}) // WEB-13

test('every kind of content states its type and character set', async () => {
  await using portal = await openPortal({ people: [ada], settings: withGoogle })
  const types: Record<string, string> = {
    '/login': 'text/html; charset=utf-8',
    '/no-such-page': 'text/html; charset=utf-8',
    '/health': 'application/json; charset=utf-8',
    '/openapi.json': 'application/json; charset=utf-8',
    '/auth/me': 'application/problem+json; charset=utf-8',
    '/css/app.css': 'text/css; charset=utf-8',
    '/js/password-strength.js': 'text/javascript; charset=utf-8',
    '/js/vendor/zxcvbn.js': 'text/javascript; charset=utf-8',
    '/img/favicon.svg': 'image/svg+xml',
  }

  for (const [path, type] of Object.entries(types)) {
    assert.equal((await portal.visitor.visit(path)).headers['content-type'], type, path)
  }
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })
  const me = await portal.visitor.visit('/auth/me', { 'sec-fetch-site': 'same-origin' })
  assert.equal(me.headers['content-type'], 'application/json; charset=utf-8')
}) // WEB-04

test('personal answers are never kept by a browser or a proxy', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })

  for (const path of ['/account', '/logout', '/auth/me', '/api/v1/auth/me', '/no-such-page']) {
    const { headers } = await visitor.visit(path, { 'sec-fetch-site': 'same-origin' })
    assert.match(String(headers['cache-control']), /no-store/, path)
  }
})

test('a page that shows what one browser brought is not kept for another', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: 'not this one' })

  for (const path of ['/login', '/register', '/verify-email']) {
    const { headers, text } = await visitor.visit(path)
    assert.match(text, /ada@example\.com/, path)
    assert.match(String(headers['cache-control']), /private|no-store/, path)
  }
})

function assertStrict(headers: RawAnswer['headers']) {
  for (const [name, value] of Object.entries(expected)) assert.match(String(headers[name]), value, name)
  assert.deepEqual(String(headers['content-security-policy']).split(';').toSorted(), strictPolicy.toSorted())
}

function ask(
  portal: Portal,
  method: string,
  path: string,
  body?: object | null,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const host = new URL(portal.baseUrl).host
  return request({
    port: portal.port,
    method,
    path,
    headers: {
      host,
      'content-type': path.startsWith('/auth') ? 'application/json' : 'application/x-www-form-urlencoded',
      ...headers,
    },
    ...(body && {
      body: path.startsWith('/auth') ? JSON.stringify(body) : String(new URLSearchParams({ ...body })),
    }),
  })
}

async function askUntilRefused(portal: Portal): Promise<RawAnswer> {
  const answer = await ask(portal, 'POST', '/auth/login', { login: 'nobody', password: 'x' })
  return answer.status === 401 ? askUntilRefused(portal) : answer
}

async function askBrokenDatabase(portal: Portal): Promise<RawAnswer> {
  await portal.database.$executeRawUnsafe('DROP TABLE one_time_links')
  return ask(portal, 'POST', '/auth/verify-email', { token: 'none' })
}
