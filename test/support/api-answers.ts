import assert from 'node:assert/strict'
import { ERROR_CODES } from '../../src/errors.ts'
import { ada } from './people.ts'
import type { Portal } from './portal.ts'
import type { Answer } from './visitor.ts'

export const newcomer = { email: 'new@example.com', password: 'copper lantern orbit' }

export function assertProblem(answer: Answer, status: number, code: string) {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.equal(answer.body.code, code)
  assert.ok(ERROR_CODES.includes(answer.body.code))
  const { errors, reason, ended_at, ended_by, ...problem } = answer.body
  assert.deepEqual(Object.keys(problem), ['type', 'title', 'status', 'code', 'detail', 'request_id'])
  assert.equal(problem.type, `urn:gatehouse:problem:${code}`)
  assert.equal(problem.status, status)
  assert.equal(problem.request_id, answer.headers['x-request-id'])
  assert.equal(errors !== undefined, code === 'validation_failed')
}

export async function signIn({ client }: Portal): Promise<string> {
  return (await client.post('/auth/login', { login: ada.email, password: ada.password })).body.session.id
}

export function me({ client }: Portal, headers: Record<string, string>) {
  return client.send(client.portal.get('/auth/me'), headers)
}
