import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND_MS } from '../../src/domain/time.ts'
import { openPortal } from '../support/portal.ts'
import { openWorkers } from '../support/workers.ts'

test('a portal that has all it needs says ok, to whomever asks', async () => {
  await using portal = await openPortal()
  for (const path of ['/health', '/health/ready']) {
    const answer = await portal.client.get(path)
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.body, { status: 'ok', checks: { sql: 'ok' } })
    assert.equal(answer.headers['cache-control'], 'no-store')
  }
  assert.deepEqual((await portal.client.get('/health/live')).body, { status: 'ok', checks: {} })
})

test('health tells which neighbour is away, and is down only when nobody could be answered', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const ask = async () => {
    const { status, body } = await one.client.get('/health/ready')
    return { status, ...body }
  }
  assert.deepEqual(await ask(), { status: 'ok', checks: { sql: 'ok', redis: 'ok' } })

  one.redisLine.refuse()
  while (one.world.redis?.isUp()) await new Promise(setImmediate)
  assert.deepEqual(await ask(), { status: 'degraded', checks: { sql: 'ok', redis: 'down' } })

  one.sqlLine.refuse()
  workers.clock.forward(SECOND_MS)
  assert.deepEqual(await ask(), { status: 'down', checks: { sql: 'down', redis: 'down' } })
  assert.equal((await one.client.get('/health')).status, 503)
  assert.equal((await one.client.get('/health/live')).status, 200)

  one.redisLine.pass()
  while (!one.world.redis?.isUp()) await new Promise(setImmediate)
  assert.deepEqual(await ask(), { status: 'degraded', checks: { sql: 'down', redis: 'ok' } })
  assert.equal((await one.client.get('/health')).status, 200)
})

test('however many ask for the health of the portal, the database is asked once a second', async () => {
  await using workers = await openWorkers()
  const { one, clock } = workers
  const askOften = () =>
    Promise.all(
      Array.from({ length: 50 }, (_, index) => one.client.get(index % 2 ? '/health' : '/health/ready')),
    )
  const countPings = (work: () => Promise<unknown>) => one.sqlLine.countDuring(/SELECT 1\b(?! FROM)/g, work)
  clock.forward(SECOND_MS)

  const pings = await countPings(askOften)
  clock.forward(SECOND_MS)
  const later = await countPings(askOften)

  // A machine so busy that fifty answers take a second asks once more for each.
  for (const count of [pings, later]) assert.ok(count >= 1 && count <= 10, `${count}`)
})
