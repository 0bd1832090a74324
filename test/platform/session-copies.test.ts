import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { openLog } from '../../src/platform/log.ts'
import { openRedis as openLink } from '../../src/platform/redis.ts'
import { createSessionCopies } from '../../src/platform/session-copies.ts'
import { openRedis } from '../support/redis.ts'

const redis = await openRedis()
const link = openLink(redis.url)
await once(link.events, 'found')
const copies = createSessionCopies<string>({ redis: link, keys: [randomBytes(32)], log: openLog('silent') })
after(async () => {
  link.close()
  await redis.close()
})

const MINUTE_MS = 60_000
let count = 0

function newHash() {
  count += 1
  return `ab${String(count).padStart(62, '0')}`
}

/** Reads and fills, as a check does. */
async function fill(hash: string, value = 'ada') {
  const answer = await read(hash)
  const copy = { ver: answer.redisTimeMs, until: answer.redisTimeMs + 5_000, era: answer.era, value }
  const isFilled = await copies.fill(hash, { generation: answer.generation, copy, ttlMs: MINUTE_MS })
  return { copy, isFilled }
}

async function read(hash: string) {
  const answer = await copies.read(hash)
  assert.ok(answer)
  return answer
}

test('a copy is read back, with the time of Redis, in one command', async () => {
  const hash = newHash()
  const { copy } = await fill(hash)

  const commands = await redis.commandsDuring(async () => {
    const answer = await read(hash)
    assert.deepEqual(answer.copy, copy)
    assert.ok(Math.abs(answer.redisTimeMs - Date.now()) < MINUTE_MS)
  })
  assert.equal(commands.length, 1)
})

test('nothing is copied over an end', async () => {
  const hash = newHash()
  await fill(hash)
  assert.equal(await copies.bury(hash, MINUTE_MS), true)

  assert.equal((await fill(hash)).isFilled, false)
  assert.equal((await read(hash)).copy, 'ended')
})

test('nothing is copied that was read before Redis was emptied', async () => {
  const hash = newHash()
  const { era, generation, redisTimeMs } = await read(hash)
  await redis.command('FLUSHALL')

  const copy = { ver: 1, until: redisTimeMs + 5_000, era, value: 'ada' }
  assert.equal(await copies.fill(hash, { generation, copy, ttlMs: MINUTE_MS }), false)
  assert.notEqual((await read(hash)).generation, generation)
  assert.equal(await copies.fill(hash, { generation, copy, ttlMs: MINUTE_MS }), false)
})

test('a copy is written back only while it is still there, unchanged, and for no longer', async () => {
  const hash = newHash()
  const { copy: old } = await fill(hash)
  assert.equal(await copies.save(hash, old, 'ada, seen'), true)
  assert.equal(await copies.save(hash, old, 'ada, seen late'), false)
  assert.deepEqual((await read(hash)).copy, { ...old, ver: old.ver + 1, value: 'ada, seen' })
  assert.ok(Number(await redis.command('PTTL', `gh:{ab}:s:${hash}`)) <= MINUTE_MS)

  const { copy } = await fill(hash, 'ada, renamed')
  await copies.bury(hash, MINUTE_MS)
  assert.equal(await copies.save(hash, copy, 'ada, revived'), false)
  assert.equal((await read(hash)).copy, 'ended')

  assert.equal(await copies.save(newHash(), copy, 'nobody'), false)
})

test('after a change nothing is copied that was read before it, and other copies stay', async () => {
  const [hash, neighbour] = [newHash(), newHash()]
  const { copy } = await fill(neighbour)
  const { era, generation, redisTimeMs } = await read(hash)
  await fill(hash)

  assert.equal(await copies.drop(hash), true)

  const late = { ver: 1, until: redisTimeMs + 5_000, era, value: 'ada, before' }
  assert.equal(await copies.fill(hash, { generation, copy: late, ttlMs: MINUTE_MS }), false)
  assert.equal((await read(hash)).copy, null)
  assert.deepEqual((await read(neighbour)).copy, copy)
  assert.equal((await fill(hash, 'ada, after')).isFilled, true)
})

test('once all copies are to be forgotten none counts or comes back, but ends still count', async () => {
  const [hash, ended] = [newHash(), newHash()]
  const { copy } = await fill(hash)
  const { generation } = await read(hash)
  await copies.bury(ended, MINUTE_MS)

  assert.equal(await copies.forgetAll(), true)

  assert.equal((await read(hash)).copy, null)
  assert.equal(await copies.fill(hash, { generation, copy, ttlMs: MINUTE_MS }), false)
  assert.equal((await read(hash)).copy, null)
  assert.equal((await read(ended)).copy, 'ended')
})

test('an end is remembered for as long as the session could have lasted, be it a year', async () => {
  const hash = newHash()
  const yearMs = 365 * 24 * 60 * MINUTE_MS
  await copies.bury(hash, yearMs)
  assert.ok(Number(await redis.command('PTTL', `gh:{ab}:s:${hash}`)) > yearMs - MINUTE_MS)
})

test('a Redis that forgot the scripts is told them again', async () => {
  const hash = newHash()
  await fill(hash)
  await redis.command('SCRIPT', 'FLUSH')
  assert.equal((await read(hash)).copy !== null, true)
})
