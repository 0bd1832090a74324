import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { z } from 'zod'
import {
  checkboxField,
  emailField,
  flagField,
  nameField,
  passwordField,
  returnToField,
  tokenField,
  usernameField,
} from '../../src/http/fields.ts'

const fields: Record<string, z.ZodType> = {
  emailField,
  nameField,
  passwordField,
  usernameField,
  checkboxField,
  flagField,
  tokenField,
  returnToField,
}
const read = (field: z.ZodType, value: unknown) => field.safeParse(value)

test('whatever is sent is accepted, or refused with a sentence, and nothing breaks', () => {
  const anything = fc.oneof(fc.anything(), fc.string({ unit: 'binary', maxLength: 2_000 }))
  for (const [name, field] of Object.entries(fields)) {
    fc.assert(
      fc.property(anything, (value) => {
        const { success, error } = read(field, value)
        if (success) return
        const [issue] = error.issues
        assert.match(issue?.message ?? '', /^[A-Z][^<>]*\.$/, `${name}: ${issue?.message}`)
      }),
      { numRuns: 300 },
    )
  }
})

test('only text is an address, a name, a password or a link', () => {
  for (const field of [emailField, nameField, passwordField, usernameField, tokenField]) {
    for (const value of [{ contains: '@' }, { not: '' }, ['a@b.example'], 7, true, null, new Date()]) {
      assert.equal(read(field, value).success, false)
    }
  }
})

test('spaces around an address, a name or a username are ignored, in a password they count', () => {
  assert.equal(read(emailField, ' Ada@Example.com\n').data, 'ada@example.com')
  assert.equal(read(nameField, '  Ada Lovelace ').data, 'Ada Lovelace')
  assert.equal(read(usernameField, ' Ada ').data, 'ada')
  assert.equal(read(passwordField, ' otter ').data, ' otter ')
})

test('an optional field left empty counts as absent', () => {
  assert.equal(read(nameField, '  ').data, null)
  assert.equal(read(usernameField, '').data, null)
})

test('names of people everywhere are names', () => {
  for (const name of [
    'Ada',
    'José María',
    'O’Brien',
    '王秀英',
    'محمد',
    'Nguyễn Văn A',
    '👩‍💻 Ada',
    'x'.repeat(80),
  ]) {
    assert.equal(read(nameField, name).data, name.normalize('NFC'))
  }
})

test('a checkbox is ticked or not', () => {
  for (const ticked of ['1', 'on', 'true']) assert.equal(read(checkboxField, ticked).data, true)
  for (const not of ['0', 'false', '', undefined]) assert.equal(read(checkboxField, not).data, false)
  for (const odd of ['yes', true, 1, null, [], ['1']]) assert.equal(read(checkboxField, odd).success, false)
})

test('in JSON only true means yes and only false means no', () => {
  for (const value of [true, false]) assert.equal(read(flagField, value).data, value)
  assert.equal(read(flagField, undefined).data, false)
  for (const odd of ['on', 'true', '', 1, 0, null, []]) assert.equal(read(flagField, odd).success, false)
})
