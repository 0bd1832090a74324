import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { openConnection } from '../support/raw-request.ts'

const MANY = 10_000
const AT_ONCE = 100
const credentials = JSON.stringify({ login: ada.email, password: ada.password })

test('answers come in the order of the questions, however long one of them takes', async () => {
  await using portal = await openPortal({ people: [ada] })
  const questions = [
    ask(portal, 'POST /auth/login', { ...json, body: credentials }),
    ask(portal, 'GET /health/live'),
    ask(portal, 'POST /auth/login', { ...json, body: '{' }),
    ask(portal, 'GET /no-such-page'),
    ask(portal, 'GET /auth/me', { headers: ['Connection: close'] }),
  ]

  assert.deepEqual(await answersTo(portal, questions.join('')), [200, 200, 400, 404, 401])
})

test('one connection serves ten thousand requests', async () => {
  await using portal = await openPortal()
  const connection = await openConnection(portal.port)
  const some = ask(portal, 'GET /health/live').repeat(AT_ONCE)

  for (let asked = 0; asked < MANY; asked += AT_ONCE) {
    connection.send(some)
    while (countOk(connection.received()) < asked + AT_ONCE) await once(connection.socket, 'data')
  }
  connection.send(ask(portal, 'GET /health/live', { headers: ['Connection: close'] }))

  assert.equal(countOk(await connection.untilClosed()), MANY + 1)
})

test('a client that asks before sending a body is told to send it, and then gets the usual answer', async () => {
  await using portal = await openPortal({ people: [ada] })
  const connection = await openConnection(portal.port)
  const headers = [...json.headers, 'Expect: 100-continue', 'Connection: close']
  connection.send(ask(portal, 'POST /auth/login', { headers, length: credentials.length }))

  await connection.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  connection.send(credentials)

  assert.deepEqual(readStatuses(await connection.untilClosed()), [100, 200])
})

test('any other expectation of a client is refused, and nothing is done', async () => {
  await using portal = await openPortal({ people: [ada] })
  const headers = [...json.headers, 'Expect: miracles', 'Connection: close']

  const answers = await answersTo(portal, ask(portal, 'POST /auth/login', { headers, body: credentials }))

  assert.deepEqual(answers, [417])
  assert.equal(await portal.database.session.count(), 0)
})

for (const upgrade of [
  ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
  ['Upgrade: TLS/1.3, HTTP/3.0'],
]) {
  test(`an offer to speak another protocol gets the usual answer, and nothing behind it waits (${upgrade[0]})`, async () => {
    await using portal = await openPortal({ people: [ada] })
    const headers = ['Connection: Upgrade', ...upgrade]
    const signIn = ask(portal, 'POST /auth/login', {
      headers: [...headers, ...json.headers],
      body: credentials,
    })

    assert.deepEqual(await answersTo(portal, signIn), [200])
    assert.equal(await portal.database.session.count(), 1)
    assert.deepEqual(await answersTo(portal, ask(portal, 'GET /login', { headers }) + signIn), [200])
    assert.equal(await portal.database.session.count(), 1)
  })
}

test('the portal is no proxy, and does not speak HTTP/2', async () => {
  await using portal = await openPortal()

  for (const opening of ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n', HTTP2]) {
    const statuses = await answersTo(portal, `${opening}${ask(portal, 'GET /health/live')}`)
    assert.ok(
      statuses.every((status) => status >= 400),
      statuses.join(),
    )
  }
  assert.equal((await portal.client.get('/health/live')).status, 200)
})

const json = { headers: ['Content-Type: application/json'] }
const HTTP2 = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

type Question = { headers?: string[]; body?: string; length?: number }

function ask(
  { host }: Portal,
  line: string,
  { headers = [], body = '', length = body.length }: Question = {},
) {
  const lines = [`${line} HTTP/1.1`, `Host: ${host.host}`, `Content-Length: ${length}`, ...headers]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

async function answersTo({ port }: Portal, bytes: string) {
  const connection = await openConnection(port)
  connection.send(bytes)
  return readStatuses(await connection.untilClosed())
}

function readStatuses(answers: string) {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

const countOk = (answers: string) => answers.split('HTTP/1.1 200 ').length - 1
