import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'

const costly = [
  ['/register', { email: 'eve@example.com', password: 'copper lantern orbit' }],
  ['/login', { login: 'ada', password: 'not this one' }],
  ['/verify-email', { token: 'x', password: 'x' }],
  ['/verify-email/code', { email: 'eve@example.com', code: '123456' }],
  ['/verify-email/resend', { email: 'eve@example.com' }],
  ['/auth/register', { email: 'eve@example.com', password: 'copper lantern orbit' }],
  ['/auth/login', { login: 'ada', password: 'not this one' }],
  ['/auth/verify-email', { token: 'x', password: 'x' }],
  ['/auth/resend-verification', { email: 'eve@example.com' }],
] as const

test('whatever hashes or mails is counted together, and at the limit nothing of it is done', async () => {
  await using portal = await openPortal({ people: [ada] })
  const send = (path: string, fields: Record<string, string>) =>
    path.startsWith('/auth') ? portal.client.post(path, fields) : portal.visitor.submit(path, fields)
  for (const [path, fields] of costly) assert.notEqual((await send(path, fields)).status, 429, path)
  await send('/auth/login', { login: 'bob', password: 'x' })
  const hashes = countHashes(portal)
  const mails = (await portal.mails()).length

  for (const [path, fields] of costly) {
    const answer = await send(path, fields)
    assert.equal(answer.status, 429, path)
    assert.ok(Number(answer.headers['retry-after']) > 0 && Number(answer.headers['retry-after']) <= 60)
  }
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
  assert.equal((await portal.mails()).length, mails)
  assert.equal((await portal.visitor.visit('/login')).status, 200)
})
