import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PortalError } from '../../src/errors.ts'
import { openPasswordHasher } from '../../src/platform/password-hasher.ts'

const floor = { memoryKib: 19_456, passes: 2 }
const isOverloaded = (error: unknown) =>
  error instanceof PortalError && error.code === 'overloaded' && error.retryAfterSeconds === 1

test('passwords are kept as argon2id, at OWASP’s floor, each with a salt of its own', async () => {
  // PWD-08
  const hasher = openPasswordHasher(floor)
  const [one, other] = await Promise.all([
    hasher.hash('sunset marble violin'),
    hasher.hash('sunset marble violin'),
  ])

  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(one, other)
  assert.equal(await hasher.verify(one, 'sunset marble violin'), true)
  assert.equal(await hasher.verify(one, 'sunset marble violins'), false)
})

test('a hash made with weaker parameters than today’s needs replacing', async () => {
  // PWD-09
  const hash = await openPasswordHasher(floor).hash('sunset marble violin')

  assert.equal(openPasswordHasher(floor).needsRehash(hash), false)
  assert.equal(openPasswordHasher({ ...floor, passes: 3 }).needsRehash(hash), true)
  assert.equal(openPasswordHasher({ ...floor, memoryKib: 32_768 }).needsRehash(hash), true)
  assert.equal(openPasswordHasher(floor).needsRehash('$2b$10$abcdefghijklmnopqrstuv'), true)
})

test('when a crowd is too large, some are told to come back and the others are served', async () => {
  const hasher = openPasswordHasher(floor)
  const results = await Promise.allSettled(
    Array.from({ length: 70 }, () => hasher.hash('sunset marble violin')),
  )
  const refused = results.filter((result) => result.status === 'rejected')

  assert.ok(refused.length >= 5 && refused.length < 20, `${refused.length} were refused`)
  assert.ok(refused.every(({ reason }) => isOverloaded(reason)))
  assert.match(await hasher.hash('sunset marble violin'), /^\$argon2id\$/)
})
