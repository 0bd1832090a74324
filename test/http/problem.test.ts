import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem } from '../support/api-answers.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import type { Answer } from '../support/visitor.ts'

test('every refusal is a problem with a code from the closed list, in one shape', async (t) => {
  await using portal = await openPortal({ people: [ada] })
  const { client } = portal
  const refused: Record<string, [status: number, code: string, ask: () => Promise<Answer>]> = {
    'no field': [422, 'validation_failed', () => client.post('/auth/login', {})],
    'a wrong password': [
      401,
      'authentication_failed',
      () => client.post('/auth/login', { login: 'ada', password: 'x' }),
    ],
    'nobody signed in': [401, 'authentication_required', () => client.get('/auth/me')],
    'a token of nobody': [401, 'token_invalid', () => client.get('/auth/me', `s_${'a'.repeat(64)}`)],
    'no such address': [404, 'not_found', () => client.get('/api/v1/nothing')],
    'another method': [405, 'method_not_allowed', () => client.get('/auth/login')],
    'another type': [
      415,
      'unsupported_media_type',
      () => client.send(client.portal.post('/auth/login').type('text/plain').send('x')),
    ],
    'no JSON': [
      400,
      'malformed_request',
      () => client.send(client.portal.post('/auth/login').type('json').send('{')),
    ],
    'too much': [413, 'payload_too_large', () => client.post('/auth/login', { login: 'x'.repeat(200_000) })],
    'another site': [
      403,
      'cross_site_request',
      () => client.send(client.portal.post('/auth/login'), { origin: 'https://evil.test' }),
    ],
    'a used link': [410, 'link_expired', () => client.post('/auth/verify-email', { token: 'x' })],
  }

  for (const [what, [status, code, ask]] of Object.entries(refused)) {
    await t.test(what, async () => {
      const answer = await ask()
      assertProblem(answer, status, code)
      if (status === 401) assert.match(String(answer.headers['www-authenticate']), /^Bearer/)
    })
  }
})

test('a mistake in a field names the field, a code and a sentence', async () => {
  await using portal = await openPortal()

  const { body } = await portal.client.post('/auth/register', { email: 'nobody', password: 'password' })

  assert.deepEqual(
    body.errors.map(({ field }: { field: string }) => field),
    ['email', 'password'],
  )
  for (const error of body.errors) {
    assert.deepEqual(Object.keys(error), ['field', 'code', 'message'])
    assert.match(error.message, /^[A-Z].*\.$/)
  }
})

test('too many attempts are told how long to wait', async () => {
  await using portal = await openPortal()
  const attempt = () => portal.client.post('/auth/login', { login: 'nobody', password: 'x' })
  for (let time = 0; time < 5; time++) await attempt()

  const answer = await attempt()

  assertProblem(answer, 429, 'too_many_attempts')
  assert.ok(Number(answer.headers['retry-after']) > 200)
  assert.match(answer.body.detail, /Please wait 5 minutes/)
})
