import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { cliFile } from './support/command-line.ts'
import { ada } from './support/people.ts'
import { type Folder, insist, openFolder, start } from './support/portal-process.ts'
import { exchange, openConnection } from './support/raw-request.ts'
import { addCrowd, openSteadyCrowd, toEmail } from './support/steady-crowd.ts'

type Portal = ReturnType<typeof start>

const PEOPLE = 20
const REQUESTS = 800

test('of 800 requests that come while every worker is replaced, none is lost and none is answered wrongly', async () => {
  await using folder = await openFolder()
  const portal = await startWithPeople(folder)
  const before = listWorkers(portal)
  const crowd = openSteadyCrowd({ port: folder.port, people: PEOPLE, clients: 6 })

  await crowd.until(() => crowd.asked.requests > REQUESTS / 10)
  const reloaded = await reload(folder)
  await crowd.until(() => crowd.asked.requests >= REQUESTS)
  await crowd.stop()

  assert.deepEqual(crowd.troubles, [])
  assert.ok(crowd.asked.signIns > 20, `${crowd.asked.signIns} sign-ins`)
  assert.deepEqual(reloaded, { code: 0, output: '2 workers were replaced.\n', errors: '' })
  for (const worker of [1, 2]) await portal.untilSaid(new RegExp(`"worker":${worker},"code":0.*has ended"`))
  assert.deepEqual(before.filter(isRunning), [])
  assert.equal(listWorkers(portal).filter(isRunning).length, 2)
  portal.child.kill('SIGTERM')
  assert.equal(await portal.exitCode, 0)
}) // D1, M8

test('a reload takes up new settings; with a bad one the workers that serve stay, and the command says why', async () => {
  await using folder = await openFolder()
  const env = join(folder.path, '.env')
  await writeFile(env, 'PORTAL_NAME=Before\n')
  const portal = start(folder, { WORKERS: '2' })
  await portal.untilSaid(/is open/)
  assert.match(await page(folder), /Before/)

  await writeFile(env, 'PORTAL_NAME=After\n')
  assert.equal((await reload(folder)).code, 0)
  assert.match(await page(folder), /After/)

  await writeFile(env, `PORTAL_NAME=Never\nDATABASE_URL=file:${folder.path}/there/is/a/file\n`)
  await writeFile(join(folder.path, 'there'), '')
  const { code, errors } = await reload(folder)
  assert.equal(code, 1)
  assert.match(
    errors,
    /^A new worker could not start, so those that serve stay. The database cannot be used: /,
  )
  assert.match(await page(folder), /After/)
  assert.match(portal.output(), /"msg":"a new worker could not start: those that serve stay"/)

  await writeFile(env, 'REGISTRATION=maybe\n')
  portal.child.kill('SIGHUP')
  await portal.untilSaid(/"reason":"REGISTRATION: must be verify-first, open or closed"/)
  assert.match(await page(folder), /After/)
})

test('a worker that is killed is replaced, while the other one goes on and nobody is signed out', async () => {
  await using folder = await openFolder()
  const portal = await startWithPeople(folder)
  const crowd = openSteadyCrowd({ port: folder.port, people: PEOPLE, clients: 4 })
  await crowd.until(() => crowd.asked.requests > 50)
  const [first = 0] = listWorkers(portal)

  process.kill(first, 'SIGKILL')
  await portal.untilSaid(/"worker":3,"pid":\d+,"msg":"a worker serves"/)
  const soFar = crowd.asked.requests
  await crowd.until(() => crowd.asked.requests > soFar + 50)
  await crowd.stop()

  assert.match(
    portal.output(),
    /"worker":1,"code":null,"signal":"SIGKILL","msg":"a worker has ended unexpectedly"/,
  )
  assert.equal(listWorkers(portal).filter(isRunning).length, 2)
  // Only what was under way in the one that was killed, one for each connection, can be lost.
  const lost = crowd.troubles.filter((trouble) => /: 0 Error/.test(trouble))
  assert.deepEqual(crowd.troubles, lost)
  assert.ok(lost.length <= 4, lost.join('\n'))
}) // C1

test('several workers are one portal: one banner, one log that says which of them it is from, and all finish their work before it stops', async () => {
  await using folder = await openFolder()
  const portal = start(folder, { WORKERS: '2', LOG_LEVEL: 'debug' })
  await portal.untilSaid(/is open/)
  for (let asked = 0; asked < 4; asked++) await page(folder)
  const { mode } = await stat(join(folder.path, 'data', `reload-${folder.port}.sock`))
  const form = 'login=nobody&password=wrong'
  const busy = await openConnection(folder.port)
  busy.send(`POST /login HTTP/1.1\r\nHost: localhost:${folder.port}\r\n`)
  busy.send('Content-Type: application/x-www-form-urlencoded\r\n')
  busy.send(`Content-Length: ${form.length}\r\n\r\nlogin`)

  portal.child.kill('SIGTERM')
  await portal.untilSaid(/requests that are under way may finish/)
  busy.send(form.slice('login'.length))

  assert.match(await busy.untilClosed(), /^HTTP\/1.1 422 [\s\S]*Connection: close/)
  assert.equal(await portal.exitCode, 0)
  const lines = readLines(portal)
  const requests = lines.filter(({ msg }) => msg === 'request')
  assert.deepEqual(new Set(requests.map(({ worker }) => worker)), new Set([1, 2]))
  assert.equal(lines.filter(({ msg }) => msg === 'the portal is open').length, 1)
  assert.equal(lines.filter(({ migrations }) => migrations).length, 1)
  assert.equal(portal.errors().match(/is open at/g)?.length, 1)
  assert.equal(mode & 0o077, 0)
}) // D2

test('told again to stop, the portal and all its workers stop at once', async () => {
  await using folder = await openFolder()
  const portal = start(folder, { WORKERS: '2', DRAIN_DELAY: '5m' })
  await portal.untilSaid(/is open/)

  const stopInsisting = insist(portal.child)

  assert.equal(await portal.exitCode, 1)
  stopInsisting()
  assert.deepEqual(listWorkers(portal).filter(isRunning), [])
}) // D2

test('when the primary is killed its workers end, and the port is free', async () => {
  await using folder = await openFolder()
  const portal = start(folder, { WORKERS: '2' })
  await portal.untilSaid(/is open/)
  const workers = listWorkers(portal)

  portal.child.kill('SIGKILL')
  // Their standard output is the portal's: it is closed once all of them have ended.
  await portal.exitCode

  assert.deepEqual(workers.filter(isRunning), [])
  const again = start(folder, { WORKERS: '2' })
  await again.untilSaid(/is open/)
})

test('a portal with several workers that cannot start says why once', async () => {
  await using folder = await openFolder()
  const url = 'postgresql://portal:hunter2@127.0.0.1:9/gatehouse'
  const portal = start(folder, { WORKERS: '3', DATABASE_URL: url })

  assert.equal(await portal.exitCode, 1)
  assert.equal(portal.errors(), 'The database cannot be used: connect ECONNREFUSED 127.0.0.1:9\n')
})

test('whichever worker is asked for metrics speaks for all of them, and for those that are gone', async () => {
  await using folder = await openFolder()
  await startWithPeople(folder, { METRICS_TOKEN: 'a-token-that-only-prometheus-knows' })
  for (let number = 0; number < 4; number++) assert.match(await signIn(folder, number), /200 OK/)

  const [before, again] = [await readMetrics(folder), await readMetrics(folder)]
  await reload(folder)
  await signIn(folder, 5)
  const after = await readMetrics(folder)

  for (const metrics of [before, again]) {
    assert.equal(metrics.signIns, 4)
    assert.equal(metrics.activeSessions, 4)
  }
  assert.equal(after.signIns, 5)
  assert.equal(after.activeSessions, 5)
})

test('a single process says that it has to be restarted, whether a command or SIGHUP asks it to reload', async () => {
  await using folder = await openFolder()
  const single = start(folder, {})
  await single.untilSaid(/is open/)

  const { code, errors } = await reload(folder)
  single.child.kill('SIGHUP')

  assert.equal(code, 1)
  assert.match(errors, /^No portal with WORKERS=2 or more is running .* has to be restarted instead\.\n$/)
  await single.untilSaid(/SIGHUP does nothing with WORKERS=1: restart the portal instead/)
  assert.match(await page(folder), /200 OK/)
})

async function startWithPeople(folder: Folder, more: Record<string, string> = {}) {
  const settings = {
    DATABASE_URL: `file:${folder.path}/gatehouse.db`,
    TRUST_PROXY: '1',
    WORKERS: '2',
    ...more,
  }
  await addCrowd({ DATABASE_URL: settings.DATABASE_URL }, PEOPLE)
  const portal = start(folder, settings)
  await portal.untilSaid(/is open/)
  return portal
}

async function reload({ path, port, children }: Folder) {
  const env = { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port) }
  const child = spawn(process.execPath, [cliFile, 'reload'], { cwd: path, env })
  children.push(child)
  const closed = once(child, 'close')
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await closed
  return { code: code as number | null, output, errors }
}

function signIn({ port }: Folder, number: number): Promise<string> {
  const body = JSON.stringify({ login: toEmail(number), password: ada.password })
  const head = `POST /auth/login HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\nX-Forwarded-For: 10.0.0.${number}`
  return exchange(
    port,
    `${head}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}

async function readMetrics({ port }: Folder) {
  const text = await exchange(
    port,
    'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer a-token-that-only-prometheus-knows\r\n\r\n',
  )
  return {
    signIns: Number(
      /^gatehouse_sign_ins_total\{method="password",result="succeeded"\} (\d+)/m.exec(text)?.[1],
    ),
    activeSessions: Number(/^gatehouse_active_sessions (\d+)/m.exec(text)?.[1]),
  }
}

async function page({ port }: Folder): Promise<string> {
  return exchange(port, `GET /login HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`)
}

function readLines(portal: Portal): Record<string, unknown>[] {
  const lines = portal.output().trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

/** All that ever served, the oldest first. */
function listWorkers(portal: Portal): number[] {
  return [...portal.output().matchAll(/"pid":(\d+),"msg":"a worker serves"/g)].map(([, pid]) => Number(pid))
}

/** What has ended may stay listed until somebody asks how. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z]/.test(stdout.trim())
}
