import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashSecret } from '../../../src/domain/secret.ts'
import { createTestClock } from '../../support/clock.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import type { RedisServer } from '../../support/redis.ts'
import { cutReplication, openRedisCluster, until } from '../../support/redis-cluster.ts'
import { openRedisSentinels } from '../../support/redis-sentinels.ts'
import { stores } from '../../support/stores.ts'
import { findsRedis, signOut, visit } from '../../support/workers.ts'

const MINUTE_MS = 60_000
// So long that a copy is still leased when the replica has taken over.
const LEASE = { SESSION_LEASE: '60s' }

type Pair = { master: RedisServer; replica: RedisServer }
type Redis = { url: string; findOwner(key: string): Promise<Pair>; close(): Promise<unknown> }

async function openCluster(): Promise<Redis> {
  const { url, findOwner, close } = await openRedisCluster()
  return {
    url,
    close,
    async findOwner(key) {
      const { master, replicas } = await findOwner(key)
      return { master, replica: replicas[0] as RedisServer }
    },
  }
}

async function openSentinels(): Promise<Redis> {
  const { url, master, replica, close } = await openRedisSentinels()
  return { url, close, findOwner: async () => ({ master, replica }) }
}

/** Two processes of one portal that have believed the copies in this Redis for a while. */
async function openHouse(open: () => Promise<Redis>) {
  const redis = await open()
  const store = await (stores[0] as (typeof stores)[0]).open()
  const clock = createTestClock()
  const settings = { ...store.settings, ...LEASE, BASE_URL: 'http://portal.test', REDIS_URL: redis.url }
  const one = await openPortal({ people: [ada], settings, clock })
  const other = await openPortal({ settings, clock })
  const trustRedis = async () => {
    await Promise.all([findsRedis(one), findsRedis(other)])
    clock.forward(2 * MINUTE_MS)
  }
  await trustRedis()
  return {
    one,
    other,
    redis,
    trustRedis,
    async signInAndVisit(): Promise<string> {
      const { body } = await one.client.post('/auth/login', { login: ada.email, password: ada.password })
      for (const portal of [one, other]) assert.equal(await visit(portal, body.session.id), 'welcome')
      return body.session.id
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()])
      await Promise.all([store.close(), redis.close()])
    },
  }
}

function copyKey(secret: string): string {
  const hash = hashSecret(secret)
  return `gh:{${hash.slice(0, 2)}}:s:${hash}`
}

const isUp = ({ world }: Portal) => until(async () => world.redis?.isUp() === true)
const isMaster = async ({ command }: RedisServer) =>
  /role:master/.test(String(await command('INFO', 'REPLICATION')))

for (const [name, open] of [
  ['a cluster', openCluster],
  ['sentinels', openSentinels],
] as const) {
  test(`an end that was lost with the master of ${name} is an end all the same, and nobody else notices`, async () => {
    await using house = await openHouse(open)
    const { one, other, redis } = house
    const [leaves, stays] = [await house.signInAndVisit(), await house.signInAndVisit()]
    const { master, replica } = await redis.findOwner(copyKey(leaves))
    await until(async () => isCopied(replica, leaves))

    await cutReplication(master)
    assert.equal((await signOut(one, leaves)).status, 204)
    assert.equal(await visit(other, leaves), '401 session_ended')
    await master.kill()
    for (const portal of [one, other]) assert.equal(await visit(portal, stays), 'welcome')
    await until(() => isMaster(replica))
    await Promise.all([isUp(one), isUp(other)])

    assert.equal(await isCopied(replica, leaves), true)
    for (const portal of [other, one]) {
      assert.equal(await visit(portal, leaves), '401 session_ended')
      assert.equal(await visit(portal, stays), 'welcome')
    }
    await house.trustRedis()
    const again = await house.signInAndVisit()
    assert.equal((await signOut(other, again)).status, 204)
    assert.equal(await visit(one, again), '401 session_ended')
  })
}

test('nor does an end come undone when a replica takes over from a master that lives', async () => {
  await using house = await openHouse(openCluster)
  const { one, other, redis } = house
  const leaves = await house.signInAndVisit()
  const { master, replica } = await redis.findOwner(copyKey(leaves))
  await until(async () => isCopied(replica, leaves))

  await cutReplication(master)
  assert.equal((await signOut(one, leaves)).status, 204)
  await replica.command('CLUSTER', 'FAILOVER', 'TAKEOVER')
  await until(async () => !(await isMaster(master)))

  for (const portal of [other, one]) assert.equal(await visit(portal, leaves), '401 session_ended')
  await Promise.all([isUp(one), isUp(other)])
  for (const portal of [other, one]) assert.equal(await visit(portal, leaves), '401 session_ended')
})

test('while a part of a cluster is away, the database answers for all of it', async () => {
  await using house = await openHouse(openCluster)
  const { one, other, redis } = house
  const [leaves, stays] = [await house.signInAndVisit(), await house.signInAndVisit()]
  const { master, replica } = await redis.findOwner(copyKey(leaves))
  const askAll = async () => {
    for (const portal of [one, other]) assert.equal(await visit(portal, stays), 'welcome')
  }

  await replica.kill()
  await askAll()
  await master.kill()
  await askAll()
  await one.database.session.updateMany({
    where: { secretHash: hashSecret(leaves) },
    data: { revokedAt: new Date() },
  })
  for (const portal of [one, other]) assert.equal(await visit(portal, leaves), '401 session_ended')
  assert.equal(other.world.redis?.isUp(), false)
})

test('guesses are counted for all processes together where Redis is a cluster', async () => {
  await using house = await openHouse(openCluster)
  const { one, other } = house
  const guess = async ({ client }: Portal) =>
    (await client.post('/auth/login', { login: ada.email, password: 'not the password' })).status

  for (let tries = 0; tries < 5; tries++) assert.equal(await guess(tries % 2 ? one : other), 401)

  for (const portal of [one, other]) assert.equal(await guess(portal), 429)
  assert.equal(await one.database.attemptCount.count(), 0)
})

async function isCopied({ commandAsReplica }: RedisServer, secret: string): Promise<boolean> {
  return /"until"/.test(String(await commandAsReplica('GET', copyKey(secret))))
}
