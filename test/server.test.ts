import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { openCuttableDatabase } from './support/cuttable-database.ts'
import { findFreePort } from './support/free-port.ts'
import { insist, openFolder, start } from './support/portal-process.ts'
import { openConnection } from './support/raw-request.ts'

const keepAlive = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

test('a wrong setting stops the start with one line for each, and nothing is opened or made', async () => {
  await using folder = await openFolder()
  const process = start(folder, { PORT: 'many', REGISTRATION: 'maybe', TRUST_PROXY: '10.0.0.0/99' })

  assert.equal(await process.exitCode, 1)
  assert.deepEqual(process.errors().trim().split('\n').toSorted(), [
    'PORT: must be a whole number',
    'REGISTRATION: must be verify-first, open or closed',
    'TRUST_PROXY: must be a number of hops or a list of addresses and networks',
  ])
  assert.equal(process.output(), '')
  assert.deepEqual(await readdir(folder.path), [])
}) // OPS-05, D5

test('production does not start half configured', async () => {
  await using folder = await openFolder()
  const process = start(folder, { NODE_ENV: 'production' })

  assert.equal(await process.exitCode, 1)
  assert.match(process.errors(), /^SECRET_KEY: .*\nBASE_URL: .*\nSMTP_URL: .*\nEMAIL_FROM: .*\n$/)
  assert.deepEqual(await readdir(folder.path), [])
}) // OPS-05

for (const NODE_ENV of ['development', 'production']) {
  test(`a port that is taken is reported in one sentence (${NODE_ENV})`, async () => {
    await using folder = await openFolder()
    await using other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }

    const process = start(folder, { ...settingsFor(NODE_ENV), PORT: String(port) })

    assert.equal(await process.exitCode, 1)
    assert.equal(
      process.errors(),
      `Nothing can be served at PORT ${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    )
  })
}

test('a database that is away is reported in one sentence, without its password', async () => {
  await using folder = await openFolder()
  const port = await findFreePort()
  const url = `postgresql://portal:hunter2@127.0.0.1:${port}/gatehouse`

  const process = start(folder, { DATABASE_URL: url })

  assert.equal(await process.exitCode, 1)
  assert.equal(process.errors(), `The database cannot be used: connect ECONNREFUSED 127.0.0.1:${port}\n`)
  assert.doesNotMatch(process.output(), /hunter2| at /)
})

test('a database that never answers is not waited for', async () => {
  await using folder = await openFolder()
  await using silent = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }

  const process = start(folder, { DATABASE_URL: `postgresql://portal@127.0.0.1:${port}/gatehouse` })

  assert.equal(await process.exitCode, 1)
  assert.equal(process.errors(), 'The database cannot be used: timeout expired\n')
})

test('told to stop, the portal finishes what is under way, answers idle connections once more, and ends well', async () => {
  await using folder = await openFolder()
  const process = start(folder, { DRAIN_DELAY: '0s' })
  await process.untilSaid(/is open/)
  const [busy, idle] = await Promise.all([openConnection(process.port), openConnection(process.port)])
  idle.send(keepAlive('/health/ready'))
  assert.match(await idle.until(/"status":"ok"/), /HTTP\/1.1 200/)
  const form = 'login=nobody&password=wrong'
  busy.send(
    `POST /login HTTP/1.1\r\nHost: localhost:${process.port}\r\nContent-Type: application/x-www-form-urlencoded\r\n`,
  )
  busy.send(`Content-Length: ${form.length}\r\n\r\nlogin`)

  process.child.kill('SIGTERM')
  await process.untilSaid(/requests that are under way may finish/)
  idle.send(keepAlive('/health/ready'))
  busy.send(form.slice('login'.length))

  const [last, answer] = await Promise.all([idle.untilClosed(), busy.untilClosed()])
  assert.match(last, /HTTP\/1.1 503 [\s\S]*Connection: close[\s\S]*"process":"draining"/)
  assert.match(answer, /^HTTP\/1.1 422 [\s\S]*Connection: close[\s\S]*value="nobody"[\s\S]*<\/html>\s*$/)
  assert.equal(await process.exitCode, 0)
}) // D2

test('a connection that stays idle does not keep the portal from stopping within ten seconds', async () => {
  await using folder = await openFolder()
  const process = start(folder, {})
  await process.untilSaid(/is open/)
  const idle = await openConnection(process.port)
  idle.send(keepAlive('/health/live'))
  await idle.until(/"status":"ok"/)
  const deadline = AbortSignal.timeout(10_000)

  process.child.kill('SIGTERM')

  assert.equal(await process.exitCode, 0)
  assert.equal(deadline.aborted, false)
  await idle.untilClosed()
}) // D2

test('told again after a moment, the portal stops at once', async () => {
  await using folder = await openFolder()
  const process = start(folder, { DRAIN_DELAY: '5m' })
  await process.untilSaid(/is open/)
  const busy = await openConnection(process.port)
  busy.send(keepAlive('/health/live'))
  await busy.until(/"status":"ok"/)

  const stopInsisting = insist(process.child)

  assert.equal(await process.exitCode, 1)
  stopInsisting()
  await busy.untilClosed()
}) // D2

test('one signal that arrives twice, by npm and directly, lets requests finish', async () => {
  await using folder = await openFolder()
  const process = start(folder, {})
  await process.untilSaid(/is open/)

  process.child.kill('SIGTERM')
  await process.untilSaid(/requests that are under way may finish/)
  process.child.kill('SIGTERM')

  assert.equal(await process.exitCode, 0)
}) // D2

test('a database that hangs does not keep the portal from stopping', async () => {
  await using database = await openCuttableDatabase()
  await using folder = await openFolder()
  const process = start(folder, database.settings)
  await process.untilSaid(/is open/)
  database.cutOff.blackHole()
  const deadline = AbortSignal.timeout(10_000)

  process.child.kill('SIGTERM')

  assert.equal(await process.exitCode, 0)
  assert.equal(deadline.aborted, false)
}) // D2

test('without a terminal the log is one JSON object per line', async () => {
  await using folder = await openFolder()
  const process = start(folder, {})
  await process.untilSaid(/is open/)
  process.child.kill('SIGTERM')
  await process.exitCode

  for (const line of process.output().trim().split('\n')) assert.ok(JSON.parse(line).msg, line)
})

test('the log says which way email goes, without a password', async () => {
  const ways = {
    'the mail server at mail.example.com:587': {
      SMTP_URL: 'smtp://portal:a-mail-password@mail.example.com:587',
    },
    'Amazon SES in eu-central-1': { SES_REGION: 'eu-central-1' },
  }
  for (const [way, settings] of Object.entries(ways)) {
    await using folder = await openFolder()
    const process = start(folder, settings)
    await process.untilSaid(/is open/)
    process.child.kill('SIGTERM')
    await process.exitCode

    assert.ok(process.output().includes(`"email is sent through ${way}"`), process.output())
    assert.doesNotMatch(process.output() + process.errors(), /a-mail-password/)
  }
})

test('in development the terminal says where to find the emails and the API, and how to try Google', async () => {
  await using folder = await openFolder()
  const process = start(folder, {})
  await process.untilSaid(/is open/)
  process.child.kill('SIGTERM')
  await process.exitCode

  const said = process.errors()
  assert.match(said, /Mailbox +http:\/\/localhost:\d+\/dev\/mailbox/)
  assert.match(said, /API +http:\/\/localhost:\d+\/docs/)
  assert.match(said, /Google +is off: npm run demo/)
})

function settingsFor(environment: string): Record<string, string> {
  if (environment === 'development') return {}
  return {
    NODE_ENV: environment,
    BASE_URL: 'https://login.example.com',
    SECRET_KEY: 'k'.repeat(64),
    SMTP_URL: 'smtp://127.0.0.1:9',
    EMAIL_FROM: 'login@example.com',
  }
}
