import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { type Breaker, createBreaker } from '../../src/platform/breaker.ts'

const fail = () => Promise.reject(new Error('away'))
const answer = () => Promise.resolve('here')
const failAfterMs = (ms: number) =>
  new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too late')), ms))

async function isAsked(breaker: Breaker): Promise<boolean> {
  let wasAsked = false
  await breaker.run(async () => {
    wasAsked = true
  })
  return wasAsked
}

test('a neighbour that failed three times in a row is not asked again until it answers a probe', async () => {
  let isBack = false
  const breaker = createBreaker(() => (isBack ? answer() : fail()))
  assert.deepEqual(await breaker.run(answer), { answer: 'here' })

  for (let failures = 0; failures < 3; failures++) {
    assert.equal(breaker.isOpen(), false)
    assert.equal(await breaker.run(fail), null)
  }
  assert.equal(breaker.isOpen(), true)
  assert.equal(await isAsked(breaker), false)

  isBack = true
  await once(breaker.events, 'close')
  assert.deepEqual(await breaker.run(answer), { answer: 'here' })
})

test('one that kept a request waiting for a second is not asked again either', async () => {
  const breaker = createBreaker(fail)
  assert.equal(await breaker.run(() => failAfterMs(1_000)), null)
  assert.equal(await isAsked(breaker), false)
  breaker.close()
})

test('failures further apart mean nothing', async (t) => {
  const breaker = createBreaker(fail)
  let nowMs = 0
  t.mock.method(performance, 'now', () => nowMs)
  for (let failures = 0; failures < 10; failures++) {
    await breaker.run(fail)
    nowMs += 501
  }
  assert.equal(breaker.isOpen(), false)
})

test('while a probe hangs, no other is sent', async () => {
  let probes = 0
  const breaker = createBreaker(() => {
    probes++
    return failAfterMs(1_300)
  })
  for (let failures = 0; failures < 3; failures++) await breaker.run(fail)
  await failAfterMs(1_700).catch(() => {})
  assert.equal(probes, 1)
  breaker.close()
})
