import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { openWorkers, signOut, visit } from '../support/workers.ts'

const shortLease = { SESSION_LEASE: '1s' }

type Workers = Awaited<ReturnType<typeof openWorkers>>

const redisFailures: Record<string, (workers: Workers) => Promise<() => Promise<unknown>>> = {
  'is killed': async ({ redis }) => {
    await redis.kill()
    return redis.restart
  },
  'stands still': async ({ redis }) => {
    redis.freeze()
    return async () => redis.thaw()
  },
  'is emptied': async ({ redis }) => {
    await redis.command('FLUSHALL')
    return async () => {}
  },
  'is full': async ({ redis }) => {
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    return () => redis.command('CONFIG', 'SET', 'maxmemory', '0')
  },
  'cannot be written to': async ({ redis }) => {
    await redis.command('REPLICAOF', '127.0.0.1', '1')
    return () => redis.command('REPLICAOF', 'NO', 'ONE')
  },
  'cannot be reached': async (workers) => {
    const lines = [workers.one.redisLine, workers.other.redisLine]
    for (const line of lines) line.blackHole()
    return async () => {
      for (const line of lines) line.pass()
    }
  },
}

for (const [what, fail] of Object.entries(redisFailures)) {
  test(`nobody is signed out, and nobody comes back, when Redis ${what}`, async () => {
    await using workers = await openWorkers({ settings: shortLease })
    const { one, other } = workers
    const secrets = [await workers.signIn(), await workers.signIn(), await workers.signIn()]
    const leaver = await workers.signInAndVisit()
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) {
        const visits = secrets.flatMap((secret) => [visit(one, secret), visit(other, secret)])
        for (const welcome of await Promise.all(visits)) assert.equal(welcome, 'welcome')
      }
    }
    await rounds(3)

    const underLoad = rounds(20)
    const repair = await fail(workers)
    await underLoad
    assert.equal((await signOut(one, leaver)).status, 204)
    for (const worker of [one, other]) assert.equal(await visit(worker, leaver), '401 session_ended')
    const late = await workers.signIn()

    const underRepair = rounds(20)
    await repair()
    await underRepair
    for (const worker of [one, other]) {
      while (!worker.world.redis?.isUp()) await pause(20)
      assert.equal(await visit(worker, leaver), '401 session_ended')
      assert.equal(await visit(worker, late), 'welcome')
    }
  }) // R1, R2, R3, R4
}

test('the portal opens without Redis, says so, and uses it once it is there', async () => {
  await using opened = await (stores[1] as (typeof stores)[0]).open()
  await opened.redis?.kill()
  await using portal = await openPortal({ people: [ada], settings: opened.settings })
  const { body } = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })
  const secret = body.session.id

  assert.equal(await visit(portal, secret), 'welcome')
  const health = await portal.client.get('/health/ready')
  assert.equal(health.status, 200)
  assert.deepEqual(health.body, { status: 'degraded', checks: { sql: 'ok', redis: 'down' } })

  await opened.redis?.restart()
  while ((await portal.client.get('/health')).body.status !== 'ok') await pause(20)
  assert.equal(await visit(portal, secret), 'welcome')
  assert.match(String(await opened.redis?.command('KEYS', '*')), /gh:{..}:s:/)
}) // R5
