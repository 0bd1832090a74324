import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { openRedis } from './redis.ts'

test('a redis-server keeps its port through death, and knows only what its snapshot knew', async () => {
  const redis = await openRedis()
  try {
    await redis.command('SET', 'session', 'alive')
    await redis.snapshot()
    await redis.command('SET', 'session', 'ended')

    await redis.kill()
    await assert.rejects(redis.command('GET', 'session'))
    await redis.restoreSnapshot()
    assert.equal(await redis.command('GET', 'session'), 'alive')

    await redis.restart()
    assert.equal(await redis.command('GET', 'session'), null)
  } finally {
    await redis.close()
  }
  await assert.rejects(redis.command('PING'))
})

test('a frozen redis-server is silent and answers when it thaws', async () => {
  const redis = await openRedis()
  try {
    redis.freeze()
    const answer = redis.command('PING')
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200, 'silence'))])
    assert.equal(first, 'silence')
    redis.thaw()
    assert.equal(await answer, 'PONG')
  } finally {
    await redis.close()
  }
})

test('a script counts as the one command that the client sent', async () => {
  const redis = await openRedis()
  const client = new Redis(redis.url)
  try {
    await client.ping()
    const commands = await redis.commandsDuring(async () => {
      await client.eval("return redis.call('INCR', KEYS[1])", 1, 'visits')
      await client.get('visits')
    })
    assert.deepEqual(
      commands.map(([name]) => name),
      ['eval', 'get'],
    )
    assert.deepEqual(await redis.commandsDuring(async () => {}), [])
  } finally {
    client.disconnect()
    await redis.close()
  }
})
