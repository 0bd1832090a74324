import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openRedis as openLink } from '../../src/platform/redis.ts'
import { openCutOff } from '../support/cut-off.ts'
import { openRedis } from '../support/redis.ts'

const SOON_MS = 2_000
const PROBED_AFTER_MS = 700
const CUT_ALL_OTHERS = ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']

async function openBoth() {
  const redis = await openRedis()
  const line = await openCutOff({ port: redis.port })
  const link = openLink(line.through(redis.url))
  const ask = () => link.run((client) => client.get('key'))
  const tell = () => link.run((client) => client.set('key', 'value'))
  await once(link.events, 'found')
  return {
    redis,
    line,
    link,
    ask,
    tell,
    /** Resolves when Redis counts as lost; three failures are enough. */
    async isLost() {
      if (!link.isUp()) return
      const lost = once(link.events, 'lost')
      while (link.isUp()) await Promise.all([tell(), tell(), tell()])
      await lost
    },
    isFound: () => once(link.events, 'found', { signal: AbortSignal.timeout(SOON_MS) }),
    async [Symbol.asyncDispose]() {
      link.close()
      await line.close()
      await redis.close()
    },
  }
}

test('a Redis that is away refuses at once, and is found again when it is back', async () => {
  await using both = await openBoth()
  const lost = once(both.link.events, 'lost')
  await both.redis.kill()
  await lost

  const startedAt = performance.now()
  for (let index = 0; index < 50; index++) assert.equal(await both.ask(), null)
  assert.ok(performance.now() - startedAt < SOON_MS)

  const found = both.isFound()
  await both.redis.restart()
  await found
  assert.deepEqual(await both.ask(), { answer: null })
})

test('a Redis that hangs makes only the first callers wait', async () => {
  await using both = await openBoth()
  both.redis.freeze()
  for (let index = 0; index < 3; index++) assert.equal(await both.ask(), null)
  assert.equal(both.link.isUp(), false)

  const found = both.isFound()
  both.redis.thaw()
  await found
  assert.deepEqual(await both.ask(), { answer: null })
})

test('a connection that fell silent is replaced', async () => {
  await using both = await openBoth()
  both.line.blackHole()
  await both.isLost()

  const found = both.isFound()
  both.line.pass()
  await found
  assert.deepEqual(await both.ask(), { answer: null })
})

const failures = {
  'is full': { begin: [['CONFIG', 'SET', 'maxmemory', '1']], end: ['CONFIG', 'SET', 'maxmemory', '0'] },
  'cannot be written to': { begin: [['REPLICAOF', '127.0.0.1', '1']], end: ['REPLICAOF', 'NO', 'ONE'] },
  'wants a password': {
    begin: [['CONFIG', 'SET', 'requirepass', 'secret'], CUT_ALL_OTHERS],
    end: ['CONFIG', 'SET', 'requirepass', ''],
  },
}

for (const [what, { begin, end }] of Object.entries(failures)) {
  test(`a Redis that ${what} counts as away, until that is over`, async () => {
    await using both = await openBoth()
    const operator = new Redis(both.redis.port)
    const say = ([name = '', ...rest]: string[]) => operator.call(name, ...rest)
    await operator.ping()

    for (const command of begin) await say(command)
    await both.isLost()
    assert.equal(await both.tell(), null)
    await pause(PROBED_AFTER_MS)
    assert.equal(both.link.isUp(), false)

    const found = both.isFound()
    await say(end)
    await found
    assert.deepEqual(await both.tell(), { answer: 'OK' })
    operator.disconnect()
  })
}

test('whoever came while Redis was away finds it when it is back', async () => {
  await using both = await openBoth()
  both.line.refuse()
  const newcomer = openLink(both.line.through(both.redis.url))
  await once(newcomer.events, 'lost')
  both.line.pass()
  await once(newcomer.events, 'found')
  newcomer.close()
})
