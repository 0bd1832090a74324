import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { openPasswordStrength } from '../../src/platform/password-strength.ts'

const strength = openPasswordStrength()
after(() => strength.close())

test('a common password is known as such, with no network', async () => {
  const { guesses, isListed } = await strength.estimate('password1')
  assert.ok(guesses < 1_000)
  assert.equal(isListed, true)
})

test('unrelated words are hard to guess', async () => {
  const { guesses, isListed } = await strength.estimate('sunset marble violin')
  assert.ok(guesses > 1e10)
  assert.equal(isListed, false)
})

test('words that belong to the person make a password easier to guess', async () => {
  const alone = await strength.estimate('brontosaur99')
  const known = await strength.estimate('brontosaur99', { words: ['brontosaur'] })
  assert.ok(known.guesses < alone.guesses)
})

test('a password that would take long to estimate is answered all the same', async () => {
  const { guesses } = await strength.estimate('aA1!'.repeat(256))
  assert.ok(guesses > 0)
})

test('a flood of passwords from one address does not keep others from being judged', async () => {
  const flood = Array.from({ length: 60 }, (_, number) => {
    const asker = { ip: '192.0.2.1', account: `account ${number}` }
    return strength.estimate('sunset marble violin', { asker })
  })
  const outcomes = Promise.allSettled(flood)
  // What was asked before is on its way to the thread.
  await setImmediate()

  const asker = { ip: '192.0.2.2', account: 'ada' }
  assert.equal((await strength.estimate('password1', { asker })).isListed, true)
  const refused = (await outcomes).filter(({ status }) => status === 'rejected')
  assert.ok(refused.length > 0)
})
