import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { type RawAnswer, request } from '../support/raw-request.ts'

type Ask = { method?: string; path: string; headers?: Record<string, string>; body?: string }

const ME = '/auth/me'
const SAME_ME = '/api/v1/auth/me'
const TOKEN = '/auth/token'
const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const post = { method: 'POST', path: TOKEN }

test('the most requested addresses answer like any other, whatever is sent', async (t) => {
  await using portal = await openPortal({ people: [ada] })
  const { body } = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })
  const bearer = { authorization: `Bearer ${body.session.id}` }
  const cookie = { cookie: `session=${body.session.id}` }
  const asks: Ask[] = [
    ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'].flatMap((method) =>
      [ME, SAME_ME, TOKEN].map((path) => ({ method, path, headers: bearer })),
    ),
    ...[ME, SAME_ME].flatMap((path): Ask[] => [
      { path },
      { path, headers: { authorization: 'Bearer wrong' } },
      { path, headers: { authorization: 'Basic d3Jvbmc6d3Jvbmc=' } },
      { path, headers: { ...bearer, 'accept-encoding': 'gzip', accept: 'text/html' } },
      { path, headers: { ...bearer, host: 'evil.test' } },
      { path, headers: { ...cookie, 'sec-fetch-site': 'cross-site' } },
      { path, headers: { ...bearer, 'x-http-method-override': 'DELETE' } },
    ]),
    { ...post, headers: { ...json, host: 'evil.test' }, body: '{}' },
    { ...post, headers: { ...json, ...cookie, 'sec-fetch-site': 'cross-site' }, body: '{}' },
    { ...post, headers: { ...json, ...cookie }, body: '{}' },
    { ...post, headers: { ...form, origin: 'https://evil.test' }, body: 'grant_type=refresh_token' },
    { ...post, headers: json, body: '{"grant_type":' },
    { ...post, headers: json, body: JSON.stringify({ refresh_token: 'x'.repeat(200_000) }) },
    { ...post, headers: form, body: `refresh_token=${'x'.repeat(200_000)}` },
    { ...post, headers: { 'content-type': 'text/plain' }, body: 'grant_type=refresh_token' },
    { ...post, headers: { ...form, 'content-encoding': 'gzip' }, body: 'not gzip' },
    { ...post, headers: form, body: 'grant_type=refresh_token&refresh_token=wrong' },
    { ...post, headers: form, body: 'grant_type=other' },
  ]

  for (const ask of asks) {
    await t.test(`${ask.method ?? 'GET'} ${ask.path} ${JSON.stringify(ask.headers ?? {})}`, async () => {
      assert.deepEqual(toLook(await send(portal, ask)), toLook(await sendByUsualWay(portal, ask)))
    })
  }
})

test('the most requested addresses close their connections, too, when the portal stops', async () => {
  await using portal = await openPortal()
  const ask = async (path: string) => {
    const answer = await send(portal, { path, headers: { connection: 'keep-alive' } })
    return [answer.status, answer.headers.connection]
  }
  for (const path of [ME, SAME_ME]) assert.deepEqual(await ask(path), [401, 'keep-alive'])

  portal.services.health.drain()

  for (const path of [ME, SAME_ME]) assert.deepEqual(await ask(path), [401, 'close'])
})

test('each request to the most requested addresses has its line in the log', async () => {
  await using portal = await openPortal()

  const paths = [ME, SAME_ME, TOKEN]
  const ids: unknown[] = []
  for (const path of paths) {
    const method = path === TOKEN ? 'POST' : 'GET'
    ids.push((await send(portal, { method, path })).headers['x-request-id'])
  }

  const logged = portal.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
  assert.deepEqual(
    logged.map(({ path }) => path),
    paths,
  )
  assert.deepEqual(
    logged.map(({ request_id }) => request_id),
    ids,
  )
})

function send(portal: Portal, { headers, ...ask }: Ask): Promise<RawAnswer> {
  return request({ ...ask, port: portal.port, headers: { ...portal.host, ...headers } })
}

/** A query is enough to be led through all routers. */
function sendByUsualWay(portal: Portal, ask: Ask) {
  return send(portal, { ...ask, path: `${ask.path}?` })
}

/** All that an answer says, but for what is new each time. */
function toLook({ status, headers, text, size }: RawAnswer) {
  const { 'x-request-id': id, date: _, ...others } = headers
  const said = text.replaceAll(String(id), 'its own').replace(/"access_token":"[^"]+"/, 'a token')
  return { status, others, said, size }
}
