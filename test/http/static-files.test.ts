import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withGoogle } from '../support/addresses.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { request } from '../support/raw-request.ts'

const elsewhere = [
  '/.env',
  '/.git/config',
  '/.git/HEAD',
  '/.biome.json',
  '/package.json',
  '/package-lock.json',
  '/README.md',
  '/src/app.ts',
  '/src/config.ts',
  '/views/pages/login.ejs',
  '/prisma/schema.prisma',
  '/data/gatehouse.db',
  '/data/secret-key',
  '/node_modules/express/package.json',
  '/public/css/app.css',
  '/css',
  '/css/',
  '/js/vendor/',
  '/css/.env',
  '/css/..',
  '/css/../../package.json',
  '/css/..%2f..%2fpackage.json',
  '/css/%2e%2e/%2e%2e/package.json',
  '/css/%2e%2e%2f%2e%2e%2fsrc%2fapp.ts',
  '/css/..%5c..%5cpackage.json',
  '/css/..%252f..%252fpackage.json',
  '/css//etc/passwd',
  '/css/%00',
  '/css/app.css%00.html',
  '/css/app.css/..',
  '/img/../../.env',
  '/js/vendor/../../../package.json',
  '/js/vendor/zxcvbn-ts.js',
  '/js/vendor/zxcvbn.js/../../../../package.json',
  '/css/.0123456789ab.css',
  '/css/0123456789ab.css',
  '/css/../package.0123456789ab.json',
  '/css/..%2fpackage.0123456789ab.json',
  '/package.0123456789ab.json',
  '/CSS/app.css',
  '/metrics',
  '/server-status',
]

test('only public files are served', async (t) => {
  await using portal = await openPortal()

  for (const path of elsewhere) {
    await t.test(path, async () => {
      const answer = await request({ port: portal.port, path, headers: portal.host })
      assert.equal(answer.status, 404, answer.text)
      assert.doesNotMatch(answer.text, /"dependencies"|import \{|model User|root:/)
    })
  }
}) // WEB-12

test('the icon that browsers request by themselves is there', async () => {
  await using portal = await openPortal()

  const { status, headers } = await portal.visitor.visit('/favicon.ico')

  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^image\//)
})

test('styles, scripts and pictures are served to everybody, without asking who it is', async () => {
  await using portal = await openPortal()

  for (const path of ['/css/app.css', '/js/show-password.js', '/img/favicon.svg', '/js/vendor/zxcvbn.js']) {
    const answer = await portal.visitor.visit(path, { cookie: 'session=nonsense' })
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers['set-cookie'], undefined)
  }
})

const everyFace = {
  'in development': { NODE_ENV: 'development' },
  'in production': {
    NODE_ENV: 'production',
    SMTP_URL: 'smtp://127.0.0.1:9',
    EMAIL_FROM: 'no-reply@example.com',
  },
}

for (const [where, settings] of Object.entries(everyFace)) {
  test(`${where}, whatever a page is made of is sent once, small, and kept for good`, async () => {
    await using portal = await openPortal({ people: [ada], settings: { ...withGoogle, ...settings } })

    const parts = await listParts(portal, ['/login', '/register', '/docs', '/no-such-page'])
    assert.ok(parts.length >= 8, parts.join())
    for (const path of parts) {
      const { status, headers } = await portal.visitor.visit(path, { 'accept-encoding': 'gzip, deflate, br' })
      assert.equal(status, 200, path)
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable', path)
      if (!path.endsWith('.png')) assert.equal(headers['content-encoding'], 'br', path)
      assert.equal(headers.vary, 'accept-encoding', path)
    }
  })
}

test('an address without a hash always gives what there is now, and does not send it again', async () => {
  await using portal = await openPortal()

  for (const path of ['/css/app.css', '/js/vendor/zxcvbn.js', '/css/app.0123456789ab.css']) {
    const { status, headers, text } = await portal.visitor.visit(path)
    assert.equal(status, 200, path)
    assert.equal(headers['cache-control'], 'no-cache', path)
    assert.ok(text.length > 1_000, path)
    const again = await portal.visitor.visit(path, { 'if-none-match': String(headers.etag) })
    assert.equal(again.status, 304, path)
  }
})

test('a browser gets the smallest form that it understands', async () => {
  await using portal = await openPortal()
  const forms = {
    'gzip, deflate, br': 'br',
    'br;q=0, gzip': 'gzip',
    gzip: 'gzip',
    identity: undefined,
    deflate: undefined,
  }
  const seen = new Set<string>()

  for (const [accepted, encoding] of Object.entries(forms)) {
    const { headers, text } = await portal.visitor.visit('/css/app.css', { 'accept-encoding': accepted })
    assert.equal(headers['content-encoding'], encoding, accepted)
    assert.match(headers['content-type'] ?? '', /^text\/css/)
    if (encoding !== 'br') seen.add(text)
  }
  assert.equal(seen.size, 1)
})

test('files are only read, never written', async () => {
  await using portal = await openPortal()
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const answer = await request({ port: portal.port, method, path: '/css/app.css', headers: portal.host })
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD'])
  }
  const head = await request({
    port: portal.port,
    method: 'HEAD',
    path: '/css/app.css',
    headers: portal.host,
  })
  assert.deepEqual([head.status, head.text], [200, ''])
})

/** The addresses of all styles, scripts and pictures of some pages, and of what these name in turn. */
async function listParts({ visitor }: Portal, pages: string[]): Promise<string[]> {
  const parts = new Set<string>()
  const collect = async (path: string) => {
    const { text } = await visitor.visit(path, { 'accept-encoding': 'identity' })
    for (const [part] of text.matchAll(/(?<=["'(])\/(css|js|img)\/[^"')]+/g)) {
      if (parts.has(part)) continue
      parts.add(part)
      if (/\.(css|js)$/.test(part) && !part.includes('/vendor/')) await collect(part)
    }
  }
  for (const page of pages) await collect(page)
  return [...parts]
}
