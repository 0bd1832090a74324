import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ada } from '../support/people.ts'
import { openWorkers, signOut, visit, type Worker } from '../support/workers.ts'

const SHORT_LEASE_MS = 1_000
const SLOW_MS = 1_000
const SOON_MS = 2_000
const shortLease = { SESSION_LEASE: '1s' }
const credentials = { login: ada.email, password: ada.password }

for (const silence of ['refuse', 'blackHole'] as const) {
  const what = silence === 'refuse' ? 'is gone' : 'does not answer'

  test(`while the database ${what}, whoever was here lately stays signed in, and others are told to come back soon`, async () => {
    await using workers = await openWorkers({ settings: shortLease })
    const { one } = workers
    const { visitor } = one
    await visitor.submit('/login', credentials)
    const seen = String(visitor.sessionSecret())
    await visit(one, seen)
    const unseen = one.openVisitor()
    await unseen.submit('/login', credentials)
    await pause(SHORT_LEASE_MS)
    one.sqlLine[silence]()

    const slow = await countSlow(20, async () => assert.equal(await visit(one, seen), 'welcome'))
    assert.ok(slow <= 1, `${slow} slow visits`)

    assert.equal((await one.openVisitor().visit('/login')).status, 200)
    assert.equal((await one.openVisitor().visit('/css/app.css')).status, 200)
    assert.equal((await visitor.visit('/logout')).status, 200)
    assert.equal((await one.openVisitor().visit('/health/live')).status, 200)
    await answersSoon(() => one.openVisitor().submit('/login', credentials))
    await answersSoon(() => one.client.post('/auth/login', credentials))

    await answersSoon(() => unseen.visit('/account'))
    assert.notEqual(unseen.sessionSecret(), null)
    assert.equal((await unseen.visit('/')).headers.location, '/account')
    assert.equal((await unseen.visit('/logout')).status, 200)

    one.sqlLine.pass()
    const backAt = performance.now()
    while ((await one.openVisitor().submit('/login', credentials)).status !== 303);
    assert.ok(performance.now() - backAt < SOON_MS)
    while ((await unseen.visit('/account')).status !== 200);
    assert.equal((await visitor.visit('/account')).status, 200)
  }) // S1, S2

  test(`signing out while the database ${what} is never called done, but the session is dead at once`, async () => {
    await using workers = await openWorkers({ settings: shortLease })
    const { one, other } = workers
    const { visitor } = one
    await visitor.submit('/login', credentials)
    const secret = String(visitor.sessionSecret())
    await visit(other, secret)
    await pause(SHORT_LEASE_MS)
    for (const worker of [one, other]) worker.sqlLine[silence]()

    const answer = await visitor.submit('/logout')
    assert.equal(answer.status, 503)
    assert.match(answer.text, /signed out on this device/)
    assert.equal(visitor.sessionSecret(), null)
    for (const worker of [one, other]) assert.equal(await visit(worker, secret), '401 session_ended')

    for (const worker of [one, other]) worker.sqlLine.pass()
    await isEndedInSql(one)
    await workers.redis.command('FLUSHALL')
    for (const worker of [one, other])
      assert.equal(await visitOnceAnswered(worker, secret), '401 session_ended')
    assert.equal(await one.database.auditEvent.count({ where: { action: 'session.ended' } }), 1)
  }) // S3
}

test('whoever was never seen in Redis can sign out too while the database is away', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const { visitor } = one
  await visitor.submit('/login', credentials)
  const secret = String(visitor.sessionSecret())
  one.sqlLine.refuse()

  assert.equal((await visitor.submit('/logout')).status, 503)
  assert.equal(visitor.sessionSecret(), null)
  one.sqlLine.pass()
  await isEndedInSql(one)
  assert.equal(await visit(one, secret), '401 session_ended')
}) // S3

test('when neither can be asked nobody is let in, and nobody is signed out', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const { visitor } = one
  await visitor.submit('/login', credentials)
  await visitor.visit('/account')
  one.sqlLine.refuse()
  one.redisLine.refuse()

  const page = await visitor.visit('/account')
  assert.equal(page.status, 503)
  assert.ok(Number(page.headers['retry-after']) >= 1)
  assert.equal(page.headers['set-cookie'], undefined)
  assert.equal(await visit(one, String(visitor.sessionSecret())), '503 temporarily_unavailable')
  assert.equal((await one.client.get('/health')).body.status, 'down')

  one.sqlLine.pass()
  one.redisLine.pass()
  while ((await visitor.visit('/account')).status !== 200) await pause(20)
})

test('an operator who prefers refusal to old knowledge gets it', async () => {
  await using workers = await openWorkers({ settings: { ...shortLease, SESSION_STALE_IF_SQL_DOWN: 'off' } })
  const { one } = workers
  const secret = await workers.signInAndVisit()
  await pause(SHORT_LEASE_MS)
  one.sqlLine.refuse()
  assert.equal(await visit(one, secret), '503 temporarily_unavailable')
  assert.equal((await one.client.get('/health')).body.status, 'down')

  one.sqlLine.pass()
  while ((await visit(one, secret)) !== 'welcome') await pause(20)
})

test('old knowledge is good for a quarter of an hour, not longer', async () => {
  await using workers = await openWorkers({ settings: shortLease })
  const { one, redis } = workers
  await workers.signInAndVisit()
  const [key = ''] = (await redis.command('KEYS', 'gh:{??}:s:*')) as string[]
  const ttlMs = Number(await redis.command('PTTL', key))
  assert.ok(ttlMs > 14 * 60_000 && ttlMs <= 15 * 60_000)
  assert.equal(one.config.session.staleIfSqlDown, true)
})

test('a sign-out whose answer from the database was lost is finished later, once', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const secret = await workers.signInAndVisit()
  const wasDone = one.sqlLine.cutBeforeAnswerTo(/COMMIT/)
  assert.equal((await signOut(one, secret)).status, 503)
  await wasDone

  assert.equal(await visit(one, secret), '401 session_ended')
  while (one.world.spool.list().length > 0) await pause(20)
  assert.equal(await one.database.auditEvent.count({ where: { action: 'session.ended' } }), 1)
}) // S4

async function visitOnceAnswered(worker: Worker, secret: string): Promise<string> {
  const outcome = await visit(worker, secret)
  return outcome.startsWith('503') ? visitOnceAnswered(worker, secret) : outcome
}

async function answersSoon(ask: () => Promise<{ status: number; headers: Record<string, string> }>) {
  const startedAt = performance.now()
  const answer = await ask()
  assert.equal(answer.status, 503)
  assert.ok(Number(answer.headers['retry-after']) >= 1)
  assert.ok(performance.now() - startedAt < SOON_MS)
}

async function countSlow(times: number, work: () => Promise<void>): Promise<number> {
  let slow = 0
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now()
    await work()
    if (performance.now() - startedAt >= SLOW_MS) slow++
  }
  return slow
}

async function isEndedInSql({ database }: Worker) {
  const ended = { where: { revokedAt: { not: null } } }
  while ((await database.session.count(ended).catch(() => 0)) === 0) await pause(20)
}
