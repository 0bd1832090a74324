import assert from 'node:assert/strict'
import { test } from 'node:test'
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
  assert.deepEqual(await ask(), { status: 'down', checks: { sql: 'down', redis: 'down' } })
  assert.equal((await one.client.get('/health')).status, 503)
  assert.equal((await one.client.get('/health/live')).status, 200)

  one.redisLine.pass()
  while (!one.world.redis?.isUp()) await new Promise(setImmediate)
  assert.deepEqual(await ask(), { status: 'degraded', checks: { sql: 'down', redis: 'ok' } })
  assert.equal((await one.client.get('/health')).status, 200)
})
