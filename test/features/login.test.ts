import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'

test('signing in starts a fresh session, so a secret planted before opens nothing', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  const planted = `s_${'a'.repeat(64)}`
  visitor.plantCookie('session', planted)

  const answer = await visitor.submit('/login', { login: ' ADA@example.com', password: ada.password })

  assert.equal(answer.status, 303)
  assert.equal(answer.headers.location, '/account')
  assert.match(visitor.sessionSecret() ?? '', /^s_[\w-]{64}$/)
  assert.notEqual(visitor.sessionSecret(), planted)
  assert.match((await visitor.visit('/account')).text, /ada@example\.com/)
})
