import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createAttemptLimits, toAddressKey } from '../../src/platform/attempt-limits.ts'
import { openDatabase } from '../../src/platform/database.ts'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { openRedis } from '../../src/platform/redis.ts'
import { openCutOff } from '../support/cut-off.ts'
import { disposable } from '../support/outbox.ts'
import { type OpenStore, type Store, stores } from '../support/stores.ts'

const rule = { name: 'guesses', points: 5, durationSeconds: 300, isForgiven: true }
const wideRule = { name: 'guests', points: 7, durationSeconds: 60 }
type Limit = Awaited<ReturnType<typeof openLimit>>['limit']

/** As a process has it that was started just now. */
async function openLimit({ settings }: OpenStore) {
  await applyMigrations(settings.DATABASE_URL)
  const sql = await openDatabase({ url: settings.DATABASE_URL })
  const redis = settings.REDIS_URL ? openRedis(settings.REDIS_URL) : null
  if (redis && redis.client.status !== 'ready') {
    await Promise.race([
      new Promise<void>((resolve) => redis.events.once('found', () => resolve())),
      new Promise<void>((resolve) => redis.events.once('lost', () => resolve())),
    ])
  }
  const limits = createAttemptLimits({ redis, database: sql.database })
  return {
    limit: {
      reserve: (key: string) => limits.reserve([{ rule, key }]),
    },
    limits,
    /** As when the time of all counters is over. */
    async endCounters() {
      await sql.database.attemptCount.updateMany({ data: { expire: new Date(0) } })
      if (redis) await redis.client.flushall()
    },
    async [Symbol.asyncDispose]() {
      redis?.close()
      await sql.close()
    },
  }
}

async function countAllowed(limit: Limit, key: string, attempts: number): Promise<number> {
  const reservations = await Promise.all(Array.from({ length: attempts }, () => limit.reserve(key)))
  return reservations.filter(({ waitSeconds }) => waitSeconds === null).length
}

for (const { name, open } of stores) {
  test(`of 500 guesses made at once exactly five are let through: ${name}`, async () => {
    // K10, LOG-04
    await using store = await open()
    await using process = await openLimit(store)

    assert.equal(await countAllowed(process.limit, 'ada', 500), 5)
    assert.equal(await countAllowed(process.limit, 'grace', 1), 1)
    const refused = await process.limit.reserve('ada')
    assert.ok(refused.waitSeconds !== null && refused.waitSeconds > 200 && refused.waitSeconds <= 300)
  })

  test(`two processes count together, and a new one goes on counting: ${name}`, async () => {
    await using store = await open()
    {
      await using one = await openLimit(store)
      await using other = await openLimit(store)
      assert.equal(await countAllowed(one.limit, 'ada', 3), 3)
      assert.equal(await countAllowed(other.limit, 'ada', 1), 1)
    }
    await using restarted = await openLimit(store)
    assert.equal(await countAllowed(restarted.limit, 'ada', 10), 1)
  })

  test(`taking an attempt back leaves the others counted: ${name}`, async () => {
    await using store = await open()
    await using process = await openLimit(store)
    await countAllowed(process.limit, 'ada', 3)

    const own = await process.limit.reserve('ada')
    assert.equal(own.waitSeconds, null)
    if (own.waitSeconds === null) await own.release()

    assert.equal(await countAllowed(process.limit, 'ada', 10), 2)
  })

  test(`an attempt that is taken back when its counter has ended gives nobody another one: ${name}`, async () => {
    await using store = await open()
    await using process = await openLimit(store)
    const own = await process.limit.reserve('ada')
    await process.endCounters()

    if (own.waitSeconds === null) await own.release()

    assert.equal(await countAllowed(process.limit, 'ada', 10), 5)
  })
}

for (const { name, open } of stores) {
  test(`an attempt goes on all its counters, as far as the first that is full: ${name}`, async () => {
    await using store = await open()
    await using process = await openLimit(store)
    const tryOnce = (login: string) =>
      process.limits.reserve([
        { rule: wideRule, key: 'one address' },
        { rule, key: login },
      ])

    const waits = []
    for (const login of ['ada', 'ada', 'ada', 'ada', 'ada', 'ada', 'grace', 'grace'])
      waits.push((await tryOnce(login)).waitSeconds)

    assert.deepEqual(waits.slice(0, 5), Array(5).fill(null))
    assert.ok((waits[5] ?? 0) > 200, 'the name is full')
    assert.equal(waits[6], null)
    assert.ok((waits[7] ?? 0) <= 60 && (waits[7] ?? 0) > 0, 'the address is full')
    assert.equal(await countAllowed(process.limit, 'grace', 10), 4)
  })

  test(`success takes back only what is forgiven: ${name}`, async () => {
    await using store = await open()
    await using process = await openLimit(store)
    const statuses = []
    for (let round = 0; round < 8; round++) {
      const reservation = await process.limits.reserve([
        { rule: wideRule, key: 'one address' },
        { rule, key: 'ada' },
      ])
      if (reservation.waitSeconds === null) await reservation.release()
      statuses.push(reservation.waitSeconds === null)
    }

    assert.deepEqual(statuses, [...Array(7).fill(true), false])
    assert.equal(await countAllowed(process.limit, 'ada', 10), 5)
  })
}

const withRedis = stores[1] as Store

test('while Redis is dead the limit holds, also after a restart', async () => {
  // R7, K10
  await using store = await withRedis.open()
  {
    await using process = await openLimit(store)
    assert.equal(await countAllowed(process.limit, 'ada', 4), 4)
    await store.redis?.kill()
    assert.equal(await countAllowed(process.limit, 'ada', 100), 5)
  }
  await using restarted = await openLimit(store)
  assert.equal(await countAllowed(restarted.limit, 'ada', 100), 0)
})

test('an attempt that Redis counted without saying so is counted again, and no attempt is free', async () => {
  // R7, K10
  await using store = await withRedis.open()
  const { REDIS_URL = '', DATABASE_URL } = store.settings
  await using line = await openCutOff({ port: Number(new URL(REDIS_URL).port) }).then(disposable)
  await using process = await openLimit({
    ...store,
    settings: { DATABASE_URL, REDIS_URL: line.through(REDIS_URL) },
  })
  assert.equal(await countAllowed(process.limit, 'ada', 2), 2)

  const isCounted = line.cutBeforeAnswerTo('gh:{limit}')
  assert.equal(await countAllowed(process.limit, 'ada', 1), 1)
  await isCounted
  line.refuse()
  assert.equal(await countAllowed(process.limit, 'ada', 10), 4)

  await using other = await openLimit(store)
  assert.equal(await countAllowed(other.limit, 'ada', 10), 2)
})

test('while Redis is frozen the limit holds', async () => {
  // LOG-09
  await using store = await withRedis.open()
  await using process = await openLimit(store)
  await process.limit.reserve('grace')
  store.redis?.freeze()
  try {
    assert.equal(await countAllowed(process.limit, 'ada', 20), 5)
    assert.equal(await countAllowed(process.limit, 'ada', 1), 0)
  } finally {
    store.redis?.thaw()
  }
})

test('a Redis that answers with errors counts as none', async () => {
  await using store = await withRedis.open()
  await using process = await openLimit(store)
  await store.redis?.command('CONFIG', 'SET', 'maxmemory', '1')

  assert.equal(await countAllowed(process.limit, 'ada', 20), 5)
})

test('all addresses of one IPv6 customer are counted as one, other customers are not', () => {
  // LOG-07
  assert.equal(toAddressKey('2001:db8:1:2::1'), toAddressKey('2001:0DB8:0001:0002:ffff:ffff:ffff:ffff'))
  assert.notEqual(toAddressKey('2001:db8:1:2::1'), toAddressKey('2001:db8:1:3::1'))
  assert.equal(toAddressKey('::ffff:192.0.2.7'), toAddressKey('192.0.2.7'))
  assert.notEqual(toAddressKey('192.0.2.7'), toAddressKey('192.0.2.8'))
  fc.assert(
    fc.property(fc.ipV6(), fc.ipV4(), (ipv6, ipv4) => {
      assert.equal(toAddressKey(ipv6), toAddressKey(ipv6.toUpperCase()))
      assert.equal(toAddressKey(`::ffff:${ipv4}`), toAddressKey(ipv4))
    }),
  )
})

test('everything that is not an address is counted together', () => {
  for (const text of ['', 'unknown', '1.2.3.4:5', 'x'.repeat(10_000)]) {
    assert.equal(toAddressKey(text), 'unknown')
  }
})
