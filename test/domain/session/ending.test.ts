import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortal } from '../../support/portal.ts'
import { openWorkers, signOut, visit } from '../../support/workers.ts'

// What each of these would see without the part that it is about: the eight rows of SESSIONS §5.
const A_COPY = '"until"'
const shortLease = { SESSION_LEASE: '1s' }

test('the database hears first that a session ended, so nobody copies it anew meanwhile', async () => {
  await using workers = await openWorkers()
  const { one, other, redis } = workers
  const secret = await workers.signIn()

  const reachedSql = one.sqlLine.holdFrom(/UPDATE .*sessions/)
  const signingOut = signOut(one, secret).then((answer) => answer)
  await reachedSql
  await redis.command('FLUSHALL')
  assert.equal(await visit(other, secret), 'welcome')
  one.sqlLine.release()

  assert.equal((await signingOut).status, 204)
  assert.equal(await visit(other, secret), '401 session_ended')
})

test('a slow reader cannot bring back a session that ended while it read', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signIn()

  const wantsToCopy = other.redisLine.holdFrom(A_COPY)
  const slowVisit = visit(other, secret)
  await wantsToCopy
  assert.equal((await signOut(one, secret)).status, 204)
  other.redisLine.release()
  await slowVisit

  assert.equal(await visit(one, secret), '401 session_ended')
  assert.equal(await visit(other, secret), '401 session_ended')
})

test('signing out where Redis cannot be reached answers only when nobody else accepts the session', async () => {
  await using workers = await openWorkers({ settings: shortLease })
  const { one, other } = workers
  const secret = await workers.signIn()
  one.redisLine.refuse()
  assert.equal(await visit(other, secret), 'welcome')

  const signingOut = signOut(one, secret).then((answer) => answer)
  assert.equal((await signingOut).status, 204)

  assert.equal(await visit(other, secret), '401 session_ended')
  assert.equal(await visit(one, secret), '401 session_ended')
})

test('when Redis was not reached at first, the session is made unusable there as soon as it is', async () => {
  await using workers = await openWorkers({ settings: shortLease })
  const { one, redis } = workers
  const secret = await workers.signInAndVisit()
  one.redisLine.refuse()
  await signOut(one, secret)
  one.redisLine.pass()

  while (!(await isTombstone(workers))) await new Promise(setImmediate)
  assert.equal(((await redis.command('KEYS', 'gh:{??}:s:*')) as string[]).length, 1)
})

test('a Redis that was emptied lets no late reader bring back an ended session', async () => {
  await using workers = await openWorkers()
  const { one, other, redis } = workers
  const secret = await workers.signIn()

  const wantsToCopy = other.redisLine.holdFrom(A_COPY)
  const slowVisit = visit(other, secret)
  await wantsToCopy
  await signOut(one, secret)
  await redis.command('FLUSHALL')
  other.redisLine.release()
  await slowVisit

  assert.equal(await visit(one, secret), '401 session_ended')
  assert.equal(await visit(other, secret), '401 session_ended')
})

test('a Redis that comes back with what it knew before revives nobody', async () => {
  await using workers = await openWorkers()
  const { one, other, redis, urls } = workers
  const secret = await workers.signInAndVisit()
  await redis.snapshot()
  await signOut(one, secret)

  await redis.restoreSnapshot()
  await using fresh = await openPortal({ settings: urls })

  assert.match(String(await redis.command('GET', await copyKey(workers))), /"until"/)
  for (const worker of [one, other, fresh]) {
    while (!worker.world.redis?.isUp()) await new Promise(setImmediate)
    assert.equal(await visit(worker, secret), '401 session_ended')
  }
})

test('a slow request that notes it was used cannot write back a session that ended', async () => {
  await using workers = await openWorkers()
  const { one, other, clock } = workers
  const secret = await workers.signInAndVisit()
  clock.forward(2 * 60_000)

  const wantsToSave = other.redisLine.holdFrom(A_COPY)
  assert.equal(await visit(other, secret), 'welcome')
  await wantsToSave
  await signOut(one, secret)
  other.redisLine.release()

  assert.equal(await visit(other, secret), '401 session_ended')
  assert.equal(await visit(one, secret), '401 session_ended')
})

test('the others that I end are over in every process at once, and this one is not', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const [mine, ...others] = [await workers.signIn(), await workers.signIn(), await workers.signIn(other)]
  for (const secret of [mine, ...others]) assert.equal(await visit(other, secret), 'welcome')

  assert.equal((await one.client.post('/auth/logout-others', undefined, mine)).status, 204)

  for (const secret of others)
    for (const worker of [other, one]) assert.equal(await visit(worker, secret), '401 session_ended')
  assert.equal(await visit(other, mine), 'welcome')
}) // SES-08

test('where Redis cannot be reached, the others are said to be over only when they are', async () => {
  await using workers = await openWorkers({ settings: { SESSION_LEASE: '1s' } })
  const { one, other } = workers
  const [mine, lost] = [await workers.signIn(), await workers.signIn()]
  one.redisLine.refuse()
  assert.equal(await visit(other, lost), 'welcome')

  assert.equal((await one.client.post('/auth/logout-others', undefined, mine)).status, 204)

  assert.equal(await visit(other, lost), '401 session_ended')
})

test('a session that began while all of them were being ended has ended too', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const first = await workers.signIn()

  const isAlmostDone = one.sqlLine.holdFrom(/COMMIT/)
  const endingAll = one.client.post('/auth/logout-all', undefined, first).then((answer) => answer.status)
  await isAlmostDone
  const late = await workers.signIn(other)
  assert.equal(await visit(other, late), 'welcome')
  one.sqlLine.release()

  assert.equal(await endingAll, 204)
  for (const secret of [first, late]) assert.equal(await visit(other, secret), '401 session_ended')
})

test('a sign-in whose session could not be stored answers 503 without a cookie, and works when tried again', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const { visitor } = one
  const form = { login: 'ada@example.com', password: 'sunset marble violin' }

  const wasDone = one.sqlLine.cutBeforeAnswerTo(/start-session/)
  const failed = await visitor.submit('/login', form)
  await wasDone
  assert.equal(failed.status, 503)
  assert.equal(visitor.sessionSecret(), null)

  const again = await visitor.submit('/login', form)
  assert.equal(again.status, 303)
  assert.match((await visitor.visit('/account')).text, /ada@example\.com/)
})

type Workers = Awaited<ReturnType<typeof openWorkers>>

async function copyKey({ redis }: Workers): Promise<string> {
  const [key] = (await redis.command('KEYS', 'gh:{??}:s:*')) as string[]
  return key ?? ''
}

async function isTombstone(workers: Workers): Promise<boolean> {
  return (await workers.redis.command('GET', await copyKey(workers))) === 'T'
}
