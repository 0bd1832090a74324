import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createPasswordService } from '../../../src/domain/password/password.service.ts'
import { createPasswordHasher } from '../../../src/platform/password-hasher.ts'
import { openPasswordStrength } from '../../../src/platform/password-strength.ts'

const strength = openPasswordStrength()
after(() => strength.close())
const hasher = createPasswordHasher({ memoryKib: 19_456, passes: 2 })
const passwords = createPasswordService({ hasher, strength, policy: 'nist', portalName: 'Gatehouse' })

test('without a hash no password is right, not even that of the decoy', async () => {
  // PWD-11
  for (const password of ['', 'x', 'null']) assert.equal(await passwords.verify(null, password), false)
})

test('a password is right in every form of its letters, and only whole', async () => {
  // PWD-05
  const hash = await passwords.hash('Ångström über café')
  assert.equal(await passwords.verify(hash, 'Ångström über café'.normalize('NFD')), true)
  assert.equal(await passwords.verify(hash, 'Angstrom uber cafe'), false)
})

test('a password made by the portal is long, always another one, and passes its own policy', async () => {
  const made = Array.from({ length: 50 }, () => passwords.generateRandomPassword())
  assert.equal(new Set(made).size, 50)
  for (const password of made.slice(0, 5)) {
    assert.equal(password.length, 20)
    assert.equal(await passwords.validateStrength(password, ['ada@example.com']), null)
  }
})
