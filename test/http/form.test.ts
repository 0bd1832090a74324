import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { PortalError } from '../../src/errors.ts'
import { readBody, readForm, withError } from '../../src/http/form.ts'

const schema = z.object({
  email: z.string('Enter your email.').min(3, 'Too short.').regex(/@/, 'No at.'),
  password: z.string('Enter your password.'),
})

test('a form with mistakes keeps what was typed, but no secrets', () => {
  const read = readForm(schema, { email: 'x', password: 'secret', token: 'secret', other: ['x'] })

  assert.equal(read.ok, false)
  assert.deepEqual(read.form.values, { email: 'x' })
})

test('each field gets one sentence, the first', () => {
  const read = readForm(schema, { email: 'x' })
  assert.deepEqual(
    read.form.errors.map(({ field, message }) => [field, message]),
    [
      ['email', 'Too short.'],
      ['password', 'Enter your password.'],
    ],
  )
  assert.equal(withError(read.form, 'login', 'Wrong.').errors.length, 3)
})

test('a form that was never sent has every mistake, and no more', () => {
  for (const body of [undefined, null, {}]) {
    assert.deepEqual(
      readForm(schema, body).form.errors.map(({ field }) => field),
      ['email', 'password'],
    )
  }
})

test('field names that are special in JavaScript are only names', () => {
  const body = JSON.parse(
    '{"__proto__": {"polluted": true}, "constructor": "x", "toString": "y", "email": "a@b", "password": "p"}',
  )
  const read = readForm(schema, body)

  assert.deepEqual(read.ok && read.data, { email: 'a@b', password: 'p' })
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('the API says what is wrong with the fields, and that a list or a string is not an object', () => {
  assert.throws(
    () => readBody(schema, { email: 'x' }),
    (error) =>
      error instanceof PortalError && error.code === 'validation_failed' && error.problems.length === 2,
  )
  for (const body of [[], 'ada', 7, null, true]) {
    assert.throws(
      () => readBody(schema, body),
      (error) => error instanceof PortalError && error.code === 'malformed_request',
    )
  }
})
