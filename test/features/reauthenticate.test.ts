import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letProofsAge, openStale, readHiddenFields } from '../support/freshness.ts'
import { boss, idOf, openOffice } from '../support/office.ts'
import { ada, grace } from '../support/people.ts'
import type { Portal } from '../support/portal.ts'
import { guess } from '../support/sign-in.ts'
import { behindProxy } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { visit } from '../support/workers.ts'

function prove({ client }: Portal, secret: string, password: string = ada.password) {
  return client.post('/auth/reauthenticate', { password }, secret)
}

test('five minutes after I signed in, signing out everywhere asks for a proof first, and nothing has happened', async () => {
  await using stale = await openStale()
  const { portal, secret } = stale

  const answer = await portal.client.post('/auth/logout-all', undefined, secret)

  assert.deepEqual([answer.status, answer.body.code], [403, 'reauthentication_required'])
  assert.equal(await visit(portal, secret), 'welcome')
})

test('my password makes me fresh, under a secret that nobody saw before; the old one is worth nothing', async () => {
  await using stale = await openStale()
  const { portal, secret } = stale
  const before = (await portal.client.get('/auth/me', secret)).body.session

  const answer = await prove(portal, secret)

  assert.equal(answer.status, 200)
  const renewed = answer.body.session.id
  assert.notEqual(renewed, secret)
  assert.equal(answer.headers['set-cookie'], undefined)
  assert.equal(await visit(portal, secret), '401 session_ended')
  const { session } = (await portal.client.get('/auth/me', renewed)).body
  assert.deepEqual([session.created_at, session.remember], [before.created_at, before.remember])
  assert.ok(session.authenticated_at > before.authenticated_at)
  const rows = await portal.database.session.findMany({ where: { revokedAt: null } })
  assert.equal(rows.length, 2) // the browser's and this one
  assert.equal((await portal.client.post('/auth/logout-all', undefined, renewed)).status, 204)
}) // LOG-11, SES-13

test('the tokens of my session outlive its old secret, and end with it', async () => {
  await using stale = await openStale()
  const { portal, secret } = stale
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(secret, { scope: 'account:write offline_access' })

  const renewed = (await prove(portal, secret)).body.session.id
  const refreshed = await program.refresh(body.refresh_token)

  assert.equal(refreshed.status, 200, refreshed.text)
  assert.equal(await visit(portal, refreshed.body.access_token), '403 forbidden')
  await portal.client.post('/auth/logout', undefined, renewed)
  assert.equal((await program.refresh(refreshed.body.refresh_token)).body.error, 'invalid_grant')
})

test('a program is as fresh as I was when it got its refresh token, and not fresher because I am again', async () => {
  await using stale = await openStale()
  const { portal, secret } = stale
  const program = createTokenProgram(portal)
  const old = (await program.exchange(secret, { scope: 'account:write offline_access' })).body
  const renewed = (await prove(portal, secret)).body.session.id

  const ridden = (await program.refresh(old.refresh_token)).body.access_token
  const refused = await portal.client.post('/auth/logout-all', undefined, ridden)
  const given = (await program.exchange(renewed, { scope: 'account:write' })).body.access_token

  assert.deepEqual([refused.status, refused.body.code], [403, 'reauthentication_required'])
  assert.equal((await portal.client.post('/auth/logout-all', undefined, given)).status, 204)
})

test('a token proves nothing: only the session itself can be made fresh', async () => {
  await using stale = await openStale()
  const { portal, secret } = stale
  const { body } = await createTokenProgram(portal).exchange(secret, { scope: 'account:write' })

  const answer = await prove(portal, body.access_token)

  assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'])
})

test('a wrong password leaves everything as it was and is said beside the field', async () => {
  await using stale = await openStale()
  const { portal, secret } = stale
  const wrong = await prove(portal, secret, grace.password)
  assert.deepEqual(
    [wrong.status, wrong.body.errors[0].field, wrong.body.errors[0].code],
    [422, 'password', 'incorrect'],
  )

  const page = await portal.visitor.submit('/reauthenticate', {
    password: grace.password,
    return_to: '/account/profile',
    typed: '{"username":"countess"}',
  })

  assert.equal(page.status, 422)
  assert.match(page.text, /id="password-error">That password isn’t right\./)
  assert.doesNotMatch(page.text, /copper lantern/)
  const kept = readHiddenFields(page.text)
  assert.deepEqual(kept, { return_to: '/account/profile', typed: '{"username":"countess"}' })
  assert.equal(await visit(portal, secret), 'welcome')
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'session.start_refused' } }), 2)
})

test('guesses here and guesses at the sign-in form are the same guesses', async () => {
  await using stale = await openStale(behindProxy)
  const { portal, secret } = stale
  for (let count = 0; count < 3; count++) await guess(portal, ada.email)
  for (let count = 0; count < 2; count++)
    assert.equal((await prove(portal, secret, 'not this one')).status, 422)

  const answer = await prove(portal, secret)

  assert.deepEqual([answer.status, answer.body.code], [429, 'too_many_attempts'])
  assert.equal(await visit(portal, secret), 'welcome')
  assert.equal((await guess(portal, ada.email, ada.password)).status, 429)
})

test('whoever was signed out meanwhile is not signed in by proving who they are', async (t) => {
  const ends: [string, (portal: Portal, session: { id: string; userId: string }) => Promise<unknown>][] = [
    [
      'this session was ended',
      ({ database }, { id }) =>
        database.session.update({
          where: { id },
          data: { revokedAt: new Date(), revokeReason: 'signed-out-remotely' },
        }),
    ],
    [
      'everything was ended',
      ({ database }, { userId }) =>
        database.user.update({ where: { id: userId }, data: { sessionEpoch: { increment: 1 } } }),
    ],
    [
      'the account was deactivated',
      ({ database }, { userId }) =>
        database.user.update({ where: { id: userId }, data: { isActive: false } }),
    ],
    [
      'it was renewed, and then ended',
      async ({ client, services }, { id }) => {
        const { member } = await services.sessions.checkById(id)
        assert.ok(member)
        const user = await services.repositories.users.findByIdWithPasswordHash(member.user.id)
        assert.ok(user)
        const origin = { ip: 'test', userAgent: '', requestId: 'test' }
        const secret = services.sessions.makeSecret()
        const renewal = services.sessions.prepareRenewal(secret, { from: member.session, user, origin })
        assert.ok(await services.sessions.renew(secret, renewal))
        assert.equal((await client.post('/auth/logout', undefined, secret)).status, 204)
      },
    ],
  ]
  for (const [name, end] of ends) {
    await t.test(name, async () => {
      await using stale = await openStale()
      const { portal, secret } = stale
      const { session_id: id } = (await portal.client.get('/auth/me', secret)).body.session
      const { userId } = await portal.database.session.findUniqueOrThrow({ where: { id } })
      // The password is judged; then this happens; then the session would go on.
      const { provePassword } = portal.services.reauthenticate
      portal.services.reauthenticate.provePassword = async (...given) => {
        const judged = await provePassword(...given)
        await end(portal, { id, userId })
        return judged
      }

      const answer = await prove(portal, secret)

      assert.deepEqual([answer.status, answer.body.code], [401, 'session_ended'])
      assert.equal(
        await portal.database.session.count({ where: { userId, id: { not: id }, revokedAt: null } }),
        1,
      )
      const renewals = await portal.database.auditEvent.count({ where: { action: 'session.renewed' } })
      assert.equal(renewals, name.includes('renewed') ? 1 : 0)
    })
  }
})

test('an administrator proves it before changing who may do what, and not for anything else', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)
  await letProofsAge(portal)
  const powers = [
    () => admin.call('patch', `/users/${id}`, { role: 'admin' }),
    () => admin.call('patch', `/users/${id}`, { is_active: false }),
    () => admin.call('put', `/users/${id}`, { role: 'user', is_active: true }),
    () => admin.call('delete', `/users/${id}`),
    () => admin.call('post', '/users', { email: 'eve@example.com', role: 'admin' }),
  ]

  for (const change of powers) {
    const { status, body } = await change()
    assert.deepEqual([status, body.code], [403, 'reauthentication_required'])
  }
  assert.equal((await admin.call('patch', `/users/${id}`, { display_name: 'Countess' })).status, 200)
  assert.equal((await admin.call('post', '/users', { email: 'eve@example.com' })).status, 201)

  const { body } = await portal.client.post('/auth/reauthenticate', { password: boss.password }, admin.secret)
  const answer = await portal.client.call('delete', `/users/${id}`, body.session.id)
  assert.equal(answer.status, 204)
}) // AUT-06
