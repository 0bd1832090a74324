import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { exchange, openConnection, request } from '../support/raw-request.ts'

const form = 'application/x-www-form-urlencoded'
const ask = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'
const askOnce = ask.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
const LARGE = '/js/vendor/zxcvbn-en.js'
const READERS = 20
/** So many that the kernel does not hold their answers, nor the questions themselves. */
const QUESTIONS = 3_000
/** Whoever is cut off is so for what they do not read, not for a question that came in part. */
const unhurried = { headersTimeoutMs: 120_000, requestTimeoutMs: 120_000 }

test('slow senders are cut off, and others do not notice', { timeout: 30_000 }, async () => {
  await using portal = await openPortal({
    limits: { headersTimeoutMs: 300, requestTimeoutMs: 600, checkedEveryMs: 50 },
  })
  const start = `POST /login HTTP/1.1\r\nHost: ${portal.host.host}\r\n`
  const slow = await Promise.all(Array.from({ length: 4 }, () => openConnection(portal.port)))
  const [silent, half, short, stalled] = slow
  half?.send(start)
  short?.send(`${start}Content-Type: ${form}\r\nContent-Length: 100\r\n\r\nlogin=ada`)
  stalled?.send(`${start}Content-Type: ${form}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlogin\r\n`)

  assert.equal((await portal.visitor.visit('/login')).status, 200)
  const answers = await Promise.all(slow.map((connection) => connection.untilClosed()))

  assert.deepEqual(
    answers.map((answer) => answer.split('\r\n')[0]),
    Array(4).fill('HTTP/1.1 408 Request Timeout'),
  )
  assert.ok(silent)
  assert.equal((await portal.visitor.visit('/login')).status, 200)
}) // OPS-04

test('connections that were answered and ask for nothing more do not keep the portal from stopping', async () => {
  const portal = await openPortal()
  const idle = await Promise.all([openConnection(portal.port), openConnection(portal.port)])
  for (const connection of idle) {
    connection.send(ask)
    await connection.until(/"ok"/)
  }

  const closing = portal.close({ patienceMs: 10 * 60_000 }).then(() => 'closed')
  const still = pause(30_000, 'still open', { ref: false })

  assert.equal(await Promise.race([closing, still]), 'closed')
  await Promise.all(idle.map((connection) => connection.untilClosed()))
}) // D2

test('clients that do not read their answers are cut off, and nobody else notices', {
  timeout: 60_000,
}, async () => {
  const limits = { ...unhurried, checkedEveryMs: 50, readWithinMs: 1_000, readBytesPerSecond: 1e9 }
  await using portal = await openPortal({ people: [ada], limits })
  const idle = await openConnection(portal.port)
  idle.send(ask)
  await idle.until(/"ok"/)
  const readers = Array.from({ length: READERS }, () => openReader(portal))

  const answer = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })
  await Promise.all(readers.map(({ closed }) => closed))

  assert.equal(answer.status, 200)
  idle.send(askOnce)
  assert.equal((await idle.untilClosed()).match(/"ok"/g)?.length, 2)
  const said = portal.lines.map((line) => JSON.parse(line)).filter(({ slow_readers }) => slow_readers)
  assert.equal(
    said.reduce((sum, line) => sum + line.slow_readers, 0),
    READERS,
  )
}) // OPS-04, L2

test('reading a few bytes now and then does not keep a connection', { timeout: 60_000 }, async () => {
  const limits = { ...unhurried, checkedEveryMs: 50, readWithinMs: 300, readBytesPerSecond: 1e6 }
  await using portal = await openPortal({ limits })
  const reader = openReader(portal)
  reader.socket.on('data', async () => {
    reader.socket.pause()
    await pause(200)
    reader.socket.resume()
  })
  reader.socket.resume()

  await reader.closed
}) // OPS-04

test('a download that is slow, but goes on, is not cut off', { timeout: 60_000 }, async () => {
  const limits = { checkedEveryMs: 20, readWithinMs: 100, readBytesPerSecond: 1_000 }
  await using portal = await openPortal({ limits })
  const { size } = await request({ port: portal.port, path: LARGE, headers: portal.host })
  const reader = openReader(portal, 20)
  let received = 0
  reader.socket.on('data', async (chunk) => {
    received += chunk.length
    reader.socket.pause()
    await pause(5)
    reader.socket.resume()
  })
  reader.socket.resume()

  await reader.closed

  assert.ok(received > 20 * size)
})

test('nobody can hold more connections than there may be', { timeout: 30_000 }, async () => {
  await using portal = await openPortal({ limits: { connections: 3 } })
  const held = await hold(3, portal)

  assert.equal(await exchange(portal.port, askOnce), '')
  for (const connection of held) connection.close()
}) // OPS-04

test('one address cannot hold more connections than its share, and leaves room for others', {
  timeout: 30_000,
}, async () => {
  await using portal = await openPortal({ limits: { checkedEveryMs: 50, connectionsPerAddress: 3 } })
  const held = await hold(3, portal)

  assert.equal(await exchange(portal.port, askOnce), '')
  assert.match(await exchange(portal.port, askOnce, { from: '127.0.0.2' }), /"ok"/)
  held[0]?.close()
  while (!/"ok"/.test(await exchange(portal.port, askOnce))) {}
  await hold(1, portal)
  assert.equal(await exchange(portal.port, askOnce), '')
}) // OPS-04

for (const [TRUST_PROXY, proxy, stranger] of [
  ['127.0.0.1', '127.0.0.1', '127.0.0.2'],
  ['127.0.0.2/31', '127.0.0.3', '127.0.0.1'],
  ['1', '127.0.0.1', null],
] as const) {
  test(`a proxy that is trusted may bring many connections (TRUST_PROXY=${TRUST_PROXY})`, async () => {
    await using portal = await openPortal({ settings: { TRUST_PROXY }, limits: { connectionsPerAddress: 2 } })

    await hold(5, portal, { from: proxy })

    if (!stranger) return
    await hold(2, portal, { from: stranger })
    assert.equal(await exchange(portal.port, askOnce, { from: stranger }), '')
  }) // OPS-04
}

async function hold(count: number, { port }: Portal, origin?: { from: string }) {
  const held = await Promise.all(Array.from({ length: count }, () => openConnection(port, origin)))
  for (const connection of held) connection.send(ask)
  await Promise.all(held.map((connection) => connection.until(/"ok"/)))
  return held
}

/** Asks for large files, one after the other over one connection, and reads nothing until it is told to. */
function openReader({ port, host }: Portal, questions = QUESTIONS) {
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => {})
  const question = `GET ${LARGE} HTTP/1.1\r\nHost: ${host.host}\r\nX-Padding: ${'x'.repeat(4_000)}\r\n`
  socket.pause().write(`${`${question}\r\n`.repeat(questions - 1)}${question}Connection: close\r\n\r\n`)
  return { socket, closed: new Promise((resolve) => socket.once('close', resolve)) }
}
