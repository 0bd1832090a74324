import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortal } from '../support/portal.ts'
import { exchange, request } from '../support/raw-request.ts'

test('only the host that people type is served, whatever a request claims to be for', async () => {
  await using portal = await openPortal()
  const host = portal.host.host
  const ask = (start: string, headers: string) =>
    exchange(portal.port, `${start} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
  const refused = [
    await ask('GET /login', 'Host: evil.test\r\n'),
    await ask('GET /login', `Host: user@${host}\r\n`),
    await ask('GET /login', 'Host: localhost:99999\r\n'),
    await ask('GET /login', `Host: ${host}.evil.test\r\n`),
    await ask('GET /login', `Host: ${host}\r\nHost: evil.test\r\n`),
    await ask('GET /login', `Host: evil.test\r\nHost: ${host}\r\n`),
    await ask('GET http://evil.test/login', `Host: ${host}\r\n`),
    await ask('GET /login', 'Host:\r\n'),
    await ask('GET /login', ''),
    await exchange(portal.port, 'GET /login HTTP/1.0\r\n\r\n'),
  ]

  for (const answer of refused) assert.match(answer, /^HTTP\/1.1 400 /)
  assert.match(await ask('GET /login', `Host: ${host}\r\nX-Forwarded-Host: evil.test\r\n`), /^HTTP\/1.1 200 /)
  assert.match(await ask('GET /login', `Host: ${host.toUpperCase()}\r\n`), /^HTTP\/1.1 200 /)
  assert.match(await ask('GET /health', 'Host: 10.1.2.3\r\n'), /^HTTP\/1.1 200 /)
}) // WEB-09

test('whoever comes by another name of this machine is sent on to the address of the portal', async () => {
  await using portal = await openPortal()
  const { port, baseUrl } = portal
  const page = { port, path: '/register?return_to=/account' }

  for (const host of [`127.0.0.1:${port}`, `[::1]:${port}`]) {
    const answer = await request({ ...page, headers: { host } })
    assert.equal(answer.status, 307, host)
    assert.equal(answer.headers.location, `${baseUrl}/register?return_to=/account`)
  }
  const odd = await request({ port, path: '//evil.test/', headers: { host: `127.0.0.1:${port}` } })
  assert.equal(new URL(String(odd.headers.location)).origin, baseUrl)
})

test('changes are not redirected, nor are programs, nor anybody behind a proxy with a host name of its own', async () => {
  await using portal = await openPortal()
  const { port } = portal
  const host = `127.0.0.1:${port}`

  for (const ask of [
    { method: 'POST', path: '/login', headers: { host } },
    { path: '/auth/me', headers: { host } },
    { path: '/users/me', headers: { host } },
    { path: '/login', headers: { host: '127.0.0.1:9' } },
    { path: '/login', headers: { host: '127.0.0.1' } },
    { path: '/login', headers: { host: `user@127.0.0.1:${port}` } },
    { path: '/login', headers: { host: `127.0.0.1.evil.test:${port}` } },
    { path: '/login', headers: { host: `evil.test:${port}` } },
  ])
    assert.equal((await request({ port, ...ask })).status, 400, JSON.stringify(ask))
})

test('a portal with a public name redirects nobody', async () => {
  const production = { NODE_ENV: 'production', SMTP_URL: 'smtp://127.0.0.1:9', EMAIL_FROM: 'a@example.com' }
  await using portal = await openPortal({
    settings: { ...production, BASE_URL: 'https://login.example.com' },
  })

  const answer = await request({ port: portal.port, path: '/login', headers: { host: '127.0.0.1' } })

  assert.equal(answer.status, 400)
  assert.ok(answer.text.includes('href="https://login.example.com"'))
})

test('a page that tells the right address has its styles at whatever address it was found', async () => {
  await using portal = await openPortal()
  const { port } = portal
  const headers = { host: 'evil.test', accept: 'text/html' }
  const page = await request({ port, path: '/login', headers })
  assert.equal(page.status, 400)
  assert.ok(page.text.includes(`href="${portal.baseUrl}"`))

  const files = page.text.match(/(?<=(href|src)=")\/(css|js|img)\/[^"]+/g) ?? []
  assert.ok(files.length > 0)
  for (const path of files) assert.equal((await request({ port, path, headers })).status, 200, path)
})
