import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortal } from '../support/portal.ts'
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
  '/metrics',
  '/server-status',
]

test('no file is served but those that are meant to be', async (t) => {
  await using portal = await openPortal()

  for (const path of elsewhere) {
    await t.test(path, async () => {
      const answer = await request({ port: portal.port, path, headers: portal.host })
      assert.equal(answer.status, 404, answer.text)
      assert.doesNotMatch(answer.text, /"dependencies"|import \{|model User|root:/)
    })
  }
}) // WEB-12

test('styles, scripts and pictures are served to everybody, without asking who it is', async () => {
  await using portal = await openPortal()

  for (const path of ['/css/app.css', '/js/show-password.js', '/img/favicon.svg', '/js/vendor/zxcvbn.js']) {
    const answer = await portal.visitor.visit(path, { cookie: 'session=nonsense' })
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers['set-cookie'], undefined)
  }
})

test('a file that has not changed is not sent again', async () => {
  await using portal = await openPortal()

  for (const path of ['/css/app.css', '/js/vendor/zxcvbn.js']) {
    const { headers } = await portal.visitor.visit(path)
    const again = await portal.visitor.visit(path, { 'if-modified-since': String(headers['last-modified']) })
    assert.equal(again.status, 304)
  }
})
