import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { boss, idOf, signInAs } from '../support/office.ts'
import { ada, grace, type Person, publicUserFields } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { behindProxy } from '../support/strangers.ts'
import { openWorkers } from '../support/workers.ts'

test('I read my profile and change the fields I send', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { client } = portal
  const secret = await signInAs(portal, ada)

  const before = await client.get('/users/me', secret)
  const changed = await client.call('patch', '/api/v1/users/me', secret, { display_name: ' Countess ' })
  const after = await client.get('/users/me', secret)

  assert.equal(before.status, 200)
  assert.deepEqual(Object.keys(before.body), publicUserFields)
  assert.deepEqual([before.body.display_name, before.body.username], ['Ada Lovelace', 'ada'])
  assert.deepEqual(
    [changed.status, changed.body.display_name, changed.body.username],
    [200, 'Countess', 'ada'],
  )
  assert.deepEqual(after.body, changed.body)
})

test('a profile that I PUT replaces mine: fields left out are removed', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { client } = portal
  const secret = await signInAs(portal, ada)

  const put = await client.call('put', '/users/me', secret, { display_name: 'A. L.' })
  const putBack = await client.call('put', '/users/me', secret, { ...put.body, username: 'Countess' })
  const nothing = await client.call('put', '/users/me', secret)

  assert.deepEqual([put.status, put.body.display_name, put.body.username], [200, 'A. L.', null])
  assert.deepEqual([putBack.body.display_name, putBack.body.username], ['A. L.', 'countess'])
  assert.equal(nothing.status, 400)
})

test('nobody gives themselves an address, a role or an id', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { client } = portal
  const secret = await signInAs(portal, ada)
  const before = await client.get('/users/me', secret)
  const claims = {
    id: await idOf(portal, grace),
    email: 'boss@example.com',
    email_verified: false,
    role: 'admin',
    is_active: false,
    sessionEpoch: 9,
    passwordHash: 'x',
    created_at: '2000-01-01',
  }

  for (const method of ['patch', 'put'] as const) {
    const body = { ...claims, display_name: 'Ada Lovelace', username: 'ada' }
    assert.equal((await client.call(method, '/users/me', secret, body)).status, 200)
  }

  assert.deepEqual((await client.get('/users/me', secret)).body, before.body)
  assert.equal((await client.get('/users', secret)).status, 403)
}) // REG-02, AUT-03

test('an impossible name is refused, with the reason', async () => {
  await using portal = await openPortal({ people: [ada] })
  const secret = await signInAs(portal, ada)
  const wrong: [object, string][] = [
    [{ display_name: 'a\0b' }, 'display_name'],
    [{ display_name: '\ud800' }, 'display_name'],
    [{ display_name: 'x'.repeat(81) }, 'display_name'],
    [{ display_name: ['x'] }, 'display_name'],
    [{ display_name: { not: '' } }, 'display_name'],
    [{ username: 'a b' }, 'username'],
    [{ username: 'аdmin' }, 'username'],
    [{ username: { contains: '' } }, 'username'],
    [{ username: 7 }, 'username'],
  ]

  for (const [body, field] of wrong) {
    const answer = await portal.client.call('patch', '/users/me', secret, body)
    assert.equal(answer.status, 422, JSON.stringify(body))
    assert.equal(answer.body.errors[0].field, field)
  }
}) // LOG-14

test('a username belongs to whoever is first, however it is spelt', async () => {
  const people = [ada, grace, boss].map((person) => ({ ...person, username: undefined }))
  await using portal = await openPortal({ people: people as Person[] })
  const secrets = await Promise.all(people.map((person) => signInAs(portal, person)))

  const claims = await Promise.all(
    secrets.map((secret, index) =>
      portal.client.call('patch', '/users/me', secret, { username: index ? 'COUNTESS' : 'countess' }),
    ),
  )

  assert.deepEqual(claims.map(({ status }) => status).toSorted(), [200, 409, 409])
  assert.deepEqual(new Set(claims.map(({ body }) => body.code)), new Set([undefined, 'username_taken']))
})

test('a changed name is shown from then on, in every process', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signInAndVisit()

  await one.client.call('patch', '/users/me', secret, { display_name: 'Countess' })

  for (const { client } of [one, other])
    assert.equal((await client.get('/auth/me', secret)).body.user.display_name, 'Countess')
})

test('I may look myself up by my id; others do not exist for me', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const { client } = portal
  const secret = await signInAs(portal, ada)
  const [mine, theirs] = [await idOf(portal, ada), await idOf(portal, grace)]

  assert.equal((await client.get(`/users/${mine}`, secret)).body.email, ada.email)
  const other = await client.get(`/users/${theirs}`, secret)
  const nobody = await client.get(`/users/${randomUUID()}`, secret)
  assert.deepEqual([other.status, other.body.code], [404, 'not_found'])
  assert.deepEqual({ ...other.body, request_id: '' }, { ...nobody.body, request_id: '' })
  for (const id of [mine, theirs]) {
    for (const method of ['patch', 'put', 'delete'] as const) {
      const answer = await client.call(method, `/users/${id}`, secret, { role: 'admin', is_active: true })
      assert.equal(answer.status, 403)
    }
  }
  assert.equal(await portal.database.user.count({ where: { role: 'user', isActive: true } }), 2)
}) // AUT-02
