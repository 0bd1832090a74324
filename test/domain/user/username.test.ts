import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toUsername } from '../../../src/domain/user/username.ts'

test('a username has one spelling', () => {
  assert.equal(toUsername(' Ada_L.1-x '), 'ada_l.1-x')
})

for (const typed of [
  '',
  'ab',
  'a'.repeat(33),
  'ada@example',
  'ada lovelace',
  '\u212aevin',
  'ad\u0430',
  'ada\0',
  'ad\u200ba',
]) {
  test(`${JSON.stringify(typed)} is nobody's username`, () => {
    assert.equal(toUsername(typed), null)
  })
}
