import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toDeviceName } from '../../src/domain/session/device-name.ts'
import { ada, publicUserFields } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'

test('a member sees who they are, how they sign in, and this session', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })

  const { text, status } = await visitor.visit('/account')

  assert.equal(status, 200)
  for (const shown of ['Ada Lovelace', 'ada@example.com', 'Password', 'Firefox on Linux'])
    assert.ok(text.includes(shown), shown)
  assert.match(text, /<span class="initial"[^>]*>A<\/span>/)
})

test('the API tells a member the same, and never a secret', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { body: signedIn } = await portal.client.post('/auth/login', {
    login: ada.email,
    password: ada.password,
  })
  const { status, body } = await portal.client.get('/api/v1/auth/me', signedIn.session.id)

  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body.user), publicUserFields)
  assert.equal(body.session.session_id, signedIn.session.session_id)
  assert.doesNotMatch(JSON.stringify(body), /s_[\w-]{64}/)
  assert.doesNotMatch(JSON.stringify(body), /s_[\w-]{64}|hash|epoch/i)
})

test('a visitor who wants to see the account signs in first and comes back to it', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  const refused = await visitor.visit('/account')
  assert.equal(refused.status, 303)
  assert.equal(refused.headers.location, '/login?return_to=%2Faccount')

  const form = { login: ada.email, password: ada.password, return_to: '/account' }
  assert.equal((await visitor.submit('/login', form)).headers.location, '/account')
  assert.equal((await portal.client.get('/auth/me')).body.code, 'authentication_required')
})

test('a device is called by what its owner knows it as', () => {
  const names = {
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1':
      'Safari on iPhone',
    'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0': 'Edge on Windows',
    'curl/8.5.0': 'curl',
    '': 'A program',
  }
  for (const [userAgent, name] of Object.entries(names)) assert.equal(toDeviceName(userAgent), name)
})
