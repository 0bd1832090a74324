import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  findReasonToRotate,
  findSigner,
  readKeyState,
  type SigningKey,
  toActiveFrom,
  toRetirement,
} from '../../../src/domain/signing-key/signing-key.ts'
import { DAY_MS, earlier, later, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts'

const now = new Date('2026-11-21T12:00:00Z')
const rotation = { algorithm: 'EdDSA', rotationMs: 30 * DAY_MS } as const

function aKey(fields: Partial<SigningKey>): SigningKey {
  const times = { createdAt: now, activeFrom: now, verifyOnlyFrom: null, goneFrom: null }
  return { id: 'one', algorithm: 'EdDSA', ...times, ...fields }
}

test('a key is next, active, verify-only and gone, each from its very moment on', () => {
  const key = aKey({
    activeFrom: later(now, MINUTE_MS),
    verifyOnlyFrom: later(now, 2 * MINUTE_MS),
    goneFrom: later(now, 3 * MINUTE_MS),
  })
  const states = [0, 1, 2, 3].flatMap((minute) => {
    const from = later(now, minute * MINUTE_MS)
    return [readKeyState(key, from), readKeyState(key, later(from, MINUTE_MS - 1))]
  })
  assert.deepEqual(
    states,
    ['next', 'active', 'verify-only', 'gone'].flatMap((state) => [state, state]),
  )
})

test('a key is published for as long as keys are cached, and more, before anything is signed with it', () => {
  const activeFrom = toActiveFrom(aKey({}), now)
  assert.ok(activeFrom >= later(now, 16 * MINUTE_MS))
})

test('an old key is believed until the last token that it could have signed has expired', () => {
  const { verifyOnlyFrom, goneFrom } = toRetirement(now)
  assert.deepEqual(verifyOnlyFrom, now)
  assert.ok(goneFrom >= later(now, 60 * MINUTE_MS + 30 * SECOND_MS))
})

test('the next key is made in time to take over at the set age, and only once', () => {
  const key = aKey({})
  const reasonAt = (ageMs: number, keys = [key]) =>
    findReasonToRotate(keys, { ...rotation, now: later(now, ageMs) })
  assert.equal(reasonAt(30 * DAY_MS - 21 * MINUTE_MS), null)
  assert.equal(reasonAt(30 * DAY_MS - 20 * MINUTE_MS), 'age')
  const next = aKey({ id: 'two', activeFrom: later(now, 30 * DAY_MS) })
  const replaced = { ...key, ...toRetirement(next.activeFrom) }
  assert.equal(reasonAt(30 * DAY_MS - 10 * MINUTE_MS, [replaced, next]), null)
  assert.equal(reasonAt(31 * DAY_MS, [replaced, next]), null)
})

test('a first key, another algorithm and a successor that got lost are reasons for a new key', () => {
  assert.equal(findReasonToRotate([], { ...rotation, now }), 'first')
  assert.equal(findReasonToRotate([aKey({})], { ...rotation, algorithm: 'ES256', now }), 'algorithm')
  const left = aKey({ ...toRetirement(later(now, MINUTE_MS)) })
  assert.equal(findReasonToRotate([left], { ...rotation, now }), 'age')
  const gone = aKey({ verifyOnlyFrom: now, goneFrom: now })
  assert.equal(findReasonToRotate([gone], { ...rotation, now }), 'first')
})

test('the youngest active key signs, and to a clock that goes slow the one that is to begin', () => {
  const old = aKey({ id: 'old', activeFrom: earlier(now, DAY_MS) })
  const next = aKey({ id: 'next', activeFrom: later(now, MINUTE_MS) })
  assert.equal(findSigner([aKey({ id: 'young' }), old, next], now)?.id, 'young')
  assert.equal(findSigner([next], now)?.id, 'next')
  assert.equal(findSigner([aKey({ verifyOnlyFrom: now, goneFrom: later(now, DAY_MS) })], now), null)
})
