import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { exchange, request } from '../support/raw-request.ts'
import type { Visitor } from '../support/visitor.ts'

test('no secret is ever in the log, whatever happens', async () => {
  await using world = await openPortalWithGoogle({ people: [ada] })
  const { portal, google } = world
  const secrets = new Set([
    ada.password,
    'copper lantern orbit',
    'a wrong password',
    portal.config.secretKeys[0] ?? '',
  ])

  const newcomer = portal.openVisitor()
  await newcomer.submit('/register', { email: 'new@example.com', password: 'copper lantern orbit' })
  const link = await portal.linkMailedTo('new@example.com')
  secrets.add(new URL(link, portal.baseUrl).searchParams.get('token') ?? '')
  await newcomer.openLink(link)
  await newcomer.submit(link, { token: link.split('=')[1] ?? '' })
  await newcomer.submit('/verify-email/resend', { email: 'new@example.com' })
  await newcomer.submit('/forgot-password', { email: 'new@example.com' })
  const reset = await portal.linkMailedTo('new@example.com')
  assert.match(reset, /^\/reset-password\?token=/)
  secrets.add(reset.split('=')[1] ?? '')
  await newcomer.openLink(reset)
  await newcomer.submit(reset, { token: reset.split('=')[1] ?? '', password: 'copper lantern orbit' })

  const member = portal.openVisitor()
  await member.submit('/login', { login: ada.email, password: 'a wrong password' })
  await member.submit('/login', { login: ada.email, password: ada.password, remember: '1' })
  await member.visit('/account')
  const api = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })
  secrets.add(api.body.session.id)
  await portal.client.get('/auth/me', api.body.session.id)
  await portal.client.get(`/auth/me?access_token=${api.body.session.id}`)
  await portal.client.get(`/${api.body.session.id.slice(0, 3)}`, api.body.session.id)

  const googler = portal.openVisitor()
  const callback = await google.signInAs(await world.leave(googler), 'ada')
  const { searchParams } = new URL(callback)
  for (const name of ['code', 'state']) secrets.add(searchParams.get(name) ?? '')
  keepCookies(secrets, googler)
  await world.comeBack(googler, callback)
  await world.comeBack(googler, callback)

  for (const visitor of [newcomer, member, googler]) keepCookies(secrets, visitor)
  secrets.add(member.sessionSecret() ?? '')
  await member.submit('/logout')
  await portal.client.post('/auth/logout-all', undefined, api.body.session.id)
  await portal.database.$executeRawUnsafe('ALTER TABLE sessions RENAME TO gone')
  await portal.database.$executeRawUnsafe('ALTER TABLE one_time_links RENAME TO gone_too')
  await portal.client.get('/auth/me', api.body.session.id)
  await newcomer.openLink(link)
  await portal.openVisitor().submit('/login', { login: 'ada', password: ada.password })

  const log = portal.lines.join('')
  assert.ok(portal.lines.length > 20)
  assert.ok(
    [...secrets].every((secret) => secret.length >= 12),
    'every secret was found',
  )
  for (const secret of secrets) assert.ok(!log.includes(secret), secret)
}) // AUT-10

test('every request leaves one line that says what was asked, by whom, and how it ended', async () => {
  await using portal = await openPortal()
  portal.lines.length = 0

  const answer = await portal.visitor.visit('/no-such-page?token=hidden')

  const lines = portal.lines.map((line) => JSON.parse(line))
  assert.equal(lines.length, 1)
  const { time, ms, ...line } = lines[0]
  assert.ok(Date.parse(time) > 0 && ms >= 0)
  assert.deepEqual(line, {
    level: 'info',
    request_id: answer.headers['x-request-id'],
    method: 'GET',
    path: '/no-such-page',
    status: 404,
    ip: '127.0.0.1',
    user_agent: 'Firefox/140.0 (X11; Linux)',
    msg: 'request',
  })
})

test('nobody can write a line of their own into the log, or a long one', async () => {
  await using portal = await openPortal()
  const forged = '{"level":"fatal","msg":"forged"}'
  portal.lines.length = 0

  await send(portal, `/x%0d%0a${encodeURIComponent(forged)}?a\n`.trim(), {
    'user-agent': `a" ${forged} \\" \x85\xad`,
  })
  await send(portal, `/${'x'.repeat(7_000)}`, { 'user-agent': 'y'.repeat(7_000) })
  await portal.visitor.submit('/login', { login: `ada\n${forged}`, password: `x\r\n${forged}` })

  assert.equal(portal.lines.length, 3)
  for (const line of portal.lines) {
    assert.equal(line.indexOf('\n'), line.length - 1)
    assert.ok(line.length < 1_000)
    assert.equal(JSON.parse(line).msg, 'request')
  }
}) // AUT-11

test('a header that tries to begin another line is refused before anything reads it', async () => {
  await using portal = await openPortal()
  portal.lines.length = 0
  const start = `GET /login HTTP/1.1\r\nHost: ${portal.host.host}\r\nConnection: close\r\n`

  for (const forged of ['User-Agent: a\rb', 'User-Agent: a\nb', 'Cookie: a=\x00', 'User-Agent: \x1b[31m']) {
    const answer = await exchange(portal.port, `${start}${forged}\r\n\r\n`)
    assert.ok(!answer.includes('\x1b'))
    assert.doesNotMatch(answer, /^HTTP\/1.1 5/)
  }
  for (const line of portal.lines) assert.doesNotMatch(line, /[\x00-\x09\x0b-\x1f]/)
}) // AUT-11

test('a client cannot choose the address that it comes from', async () => {
  await using portal = await openPortal()

  assert.equal(
    await seenAddress(portal, { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' }),
    '127.0.0.1',
  )
  assert.equal(
    await seenAddress(portal, { 'x-real-ip': '203.0.113.7', 'cf-connecting-ip': '203.0.113.7' }),
    '127.0.0.1',
  )
}) // LOG-06

test('behind one proxy the address is the one that the proxy saw, whatever else is claimed', async () => {
  await using portal = await openPortal({ settings: { TRUST_PROXY: '1' } })

  assert.equal(await seenAddress(portal, { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' }), '203.0.113.7')
  assert.equal(await seenAddress(portal, {}), '127.0.0.1')
})

test('behind named proxies the address is the first one that is not theirs', async () => {
  await using portal = await openPortal({ settings: { TRUST_PROXY: 'loopback, 10.0.0.0/8' } })

  const address = await seenAddress(portal, { 'x-forwarded-for': '198.51.100.1, 203.0.113.7, 10.1.2.3' })

  assert.equal(address, '203.0.113.7')
})

test('neither a scheme nor a host claimed by a proxy header decides anything', async () => {
  await using portal = await openPortal({ people: [ada], settings: { TRUST_PROXY: '1' } })
  const claims = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.test', 'x-forwarded-port': '443' }

  const answer = await portal.visitor.submit('/login', { login: ada.email, password: ada.password }, claims)
  await portal.visitor.submit(
    '/register',
    { email: 'new@example.com', password: 'copper lantern orbit' },
    claims,
  )

  assert.equal(answer.headers.location, '/account')
  assert.ok(portal.visitor.cookie('session'))
  assert.doesNotMatch(portal.visitor.cookie('session')?.attributes ?? '', /secure/i)
  await portal
    .openVisitor()
    .submit('/register', { email: 'new@example.com', password: 'copper lantern orbit' }, claims)
  assert.ok((await portal.findMail('new@example.com'))?.text.includes(`${portal.baseUrl}/verify-email`))
})

function keepCookies(secrets: Set<string>, visitor: Visitor) {
  for (const { value } of visitor.jar.values()) if (value.length >= 12) secrets.add(value)
}

async function seenAddress(portal: Portal, headers: Record<string, string>): Promise<string> {
  portal.lines.length = 0
  await send(portal, '/no-such-page', headers)
  return JSON.parse(portal.lines.find((line) => line.includes('"msg":"request"')) ?? '{}').ip
}

function send(portal: Portal, path: string, headers: Record<string, string>) {
  return request({ port: portal.port, path, headers: { ...portal.host, ...headers } })
}
