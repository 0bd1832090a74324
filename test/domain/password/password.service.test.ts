import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createDecoys } from '../../../src/domain/password/decoys.ts'
import { createPasswordService } from '../../../src/domain/password/password.service.ts'
import { createAfterwards } from '../../../src/platform/afterwards.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { openLog } from '../../../src/platform/log.ts'
import { openPasswordHasher } from '../../../src/platform/password-hasher.ts'
import { openPasswordStrength } from '../../../src/platform/password-strength.ts'

const strength = openPasswordStrength()
after(() => strength.close())
const hasher = openPasswordHasher({ memoryKib: 19_456, passes: 2 })
const decoys = createDecoys({
  hasher,
  listCosts: async () => [],
  key: Buffer.alloc(32),
  afterwards: createAfterwards({ log: openLog('silent') }),
  clock: systemClock,
})
const policy = { name: 'strength', minLength: 8 } as const
const passwords = createPasswordService({ hasher, decoys, strength, policy, portalName: 'Gatehouse' })

test('without a hash no password is right, not even that of the decoy', async () => {
  // PWD-11
  for (const password of ['', 'x', 'null'])
    assert.equal(await passwords.verify(null, { name: 'ada', password }), false)
})

test('a password is right in every form of its letters, and only whole', async () => {
  // PWD-05
  const hash = await passwords.hash('Ångström über café')
  const verify = (password: string) => passwords.verify(hash, { name: 'ada', password })
  assert.equal(await verify('Ångström über café'.normalize('NFD')), true)
  assert.equal(await verify('Angstrom uber cafe'), false)
})

test('a password made by the portal is long, always another one, and passes its own policy', async () => {
  const made = Array.from({ length: 50 }, () => passwords.generateRandomPassword())
  assert.equal(new Set(made).size, 50)
  const classic = createPasswordService({
    hasher,
    decoys,
    strength,
    policy: { name: 'classic', minLength: 24 },
    portalName: 'Gatehouse',
  })
  for (const password of made) {
    assert.equal(password.length, 20)
    assert.deepEqual(await passwords.findProblems(password, { personal: ['ada@example.com'] }), [])
    const other = classic.generateRandomPassword()
    assert.deepEqual(await classic.findProblems(other, { personal: ['ada@example.com'] }), [])
  }
})
