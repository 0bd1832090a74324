import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@libsql/client'
import { ada } from './support/people.ts'
import { openPortal } from './support/portal.ts'
import { insist, openFolder, start } from './support/portal-process.ts'
import { exchange, openConnection } from './support/raw-request.ts'

const CLIENTS = 200
const RESTARTS = 5

type Asked = { host: string; secret: string; number: number }

const asks = {
  'sign in': ({ host, number }: Asked) => {
    const body = JSON.stringify({ login: toEmail(number), password: ada.password })
    const type = `Content-Type: application/json\r\nContent-Length: ${body.length}`
    return `POST /auth/login HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: 10.0.0.${number}\r\n${type}\r\n\r\n${body}`
  },
  'are checked': ({ host, secret }: Asked) =>
    `GET /auth/me HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
}

for (const [what, ask] of Object.entries(asks)) {
  test(`of ${CLIENTS} clients that ${what} while the portal is told to stop, everybody gets an answer`, async () => {
    await using folder = await openFolder()
    const settings = { DATABASE_URL: `file:${folder.path}/gatehouse.db`, TRUST_PROXY: '1' }
    const secret = await prepareCrowd(settings)

    for (let restart = 0; restart < RESTARTS; restart++) {
      const process = start(folder, settings)
      await process.untilSaid(/is open/)
      const answers = Array.from({ length: CLIENTS }, (_, number) =>
        send(process.port, ask({ host: `localhost:${process.port}`, secret, number })),
      )
      await pause(15)
      process.child.kill('SIGTERM')

      const failures = (await Promise.all(answers)).filter((answer) => !/^(200|503)$/.test(answer))
      assert.deepEqual(failures, [])
      assert.equal(await process.exitCode, 0)
    }
  }) // D1, D2
}

test('clients that keep coming while the portal stops are answered or find it closed', async () => {
  await using folder = await openFolder()
  const process = start(folder, {})
  await process.untilSaid(/is open/)
  const ask = `GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
  const outcomes = new Set<string>()
  const clients = Array.from({ length: 50 }, async () => {
    let outcome = '200'
    while (outcome === '200') outcome = await send(process.port, ask)
    outcomes.add(outcome)
  })

  process.child.kill('SIGTERM')
  await Promise.all(clients)

  assert.deepEqual([...outcomes], ['ECONNREFUSED'])
  assert.equal(await process.exitCode, 0)
}) // D1

test('told to stop, the portal first tells the load balancer, and goes on accepting connections', async () => {
  await using folder = await openFolder()
  const process = start(folder, { DRAIN_DELAY: '5m' })
  await process.untilSaid(/is open/)

  process.child.kill('SIGTERM')
  await process.untilSaid(/requests that are under way may finish/)
  const ready = await exchange(process.port, `GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  const page = await exchange(process.port, `GET /login HTTP/1.1\r\nHost: localhost:${process.port}\r\n\r\n`)

  assert.match(ready, /^HTTP\/1.1 503 [\s\S]*"process":"draining"/)
  assert.match(page, /^HTTP\/1.1 200 [\s\S]*Connection: close/)
  const stopInsisting = insist(process.child)
  assert.equal(await process.exitCode, 1)
  stopInsisting()
}) // M8, D2

test('someone who still waits when the portal has no time left is told to come again', async () => {
  await using portal = await openPortal({ people: [ada] })
  const other = createClient({ url: portal.config.databaseUrl })
  const lock = await other.transaction('write')
  const [api, page, idle] = await Promise.all([1, 2, 3].map(() => openConnection(portal.port)))
  api?.send(post('/auth/login', 'application/json', JSON.stringify({ login: 'ada', password: 'x' })))
  page?.send(post('/login', 'application/x-www-form-urlencoded', 'login=ada&password=x'))
  idle?.send('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const before = await idle?.until(/"ok"/)

  const closed = portal.close({ patienceMs: 0 })
  const answers = await Promise.all([api, page, idle].map((connection) => connection?.untilClosed()))
  await lock.commit()
  other.close()
  await closed

  assert.match(
    answers[0] ?? '',
    /^HTTP\/1.1 503 .*problem\+json.*Retry-After: 1.*"code":"temporarily_unavailable"/s,
  )
  assert.match(answers[1] ?? '', /^HTTP\/1.1 503 .*text\/plain.*Retry-After: 1.*Please try again shortly\.$/s)
  assert.equal(answers[2], before)

  function post(path: string, type: string, body: string) {
    return `POST ${path} HTTP/1.1\r\nHost: ${portal.host.host}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  }
}) // D1, D2

/** As many people as clients, all with one password, and one of them signed in. */
async function prepareCrowd(settings: Record<string, string>): Promise<string> {
  await using portal = await openPortal({ settings })
  const passwordHash = await portal.services.passwords.hash(ada.password)
  const now = new Date()
  await portal.database.user.createMany({
    data: Array.from({ length: CLIENTS }, (_, number) => ({
      id: randomUUID(),
      email: toEmail(number),
      emailVerifiedAt: now,
      passwordHash,
      registeredAt: now,
      createdAt: now,
    })),
  })
  const { body } = await portal.client.post('/auth/login', { login: toEmail(0), password: ada.password })
  return body.session.id
}

function toEmail(number: number) {
  return `person-${number}@example.com`
}

/** What became of one request: the status of a whole answer, or how the connection broke. */
async function send(port: number, bytes: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  let received = ''
  let failure = 'closed without an answer'
  socket.on('data', (chunk) => {
    received += chunk
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message
  })
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return /^HTTP\/1\.1 (\d+)[\s\S]*\r\n\r\n\{[\s\S]*\}$/.exec(received)?.[1] ?? failure
}
