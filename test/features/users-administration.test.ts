import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { boss, idOf, openOffice, signInAs } from '../support/office.ts'
import { ada, grace } from '../support/people.ts'
import { WAITING } from '../support/postgres.ts'
import { openWorkers, visit } from '../support/workers.ts'

test('an administrator changes a name, a role and who may sign in; each change is recorded', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)

  const named = await admin.call('patch', `/users/${id}`, {
    display_name: 'Countess',
    email: 'x@example.com',
  })
  const raised = await admin.call('patch', `/users/${id}`, { role: 'admin' })
  const same = await admin.call('patch', `/users/${id}`, { role: 'admin', display_name: 'Countess' })
  const put = await admin.call('put', `/users/${id}`, { role: 'user', is_active: false })
  const back = await admin.call('patch', `/users/${id}`, { is_active: true })
  const half = await admin.call('put', `/users/${id}`, { display_name: 'x' })

  assert.deepEqual(
    [named.body.display_name, named.body.email, named.body.username],
    ['Countess', ada.email, 'ada'],
  )
  assert.equal(raised.body.role, 'admin')
  assert.deepEqual(same.body, raised.body)
  assert.deepEqual(put.body, {
    ...put.body,
    role: 'user',
    is_active: false,
    display_name: null,
    username: null,
  })
  assert.equal(back.body.is_active, true)
  assert.equal(half.status, 422)
  const events = await portal.database.auditEvent.findMany({
    where: { subjectId: id, action: { startsWith: 'user.' } },
  })
  const actor = await idOf(portal, boss)
  assert.deepEqual(events.map(({ action }) => action).toSorted(), [
    'user.deactivated',
    'user.reactivated',
    'user.role_changed',
    'user.role_changed',
    'user.updated',
    'user.updated',
  ])
  for (const event of events) assert.equal(event.actorId, actor)
})

test('a deactivated person is out at once and for good: no session from before ever works again', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)
  const [one, two] = [await signInAs(portal, ada), await signInAs(portal, ada)]

  const deactivated = await admin.call('delete', `/users/${id}`)
  const again = await admin.call('delete', `/users/${id}`)

  assert.deepEqual([deactivated.status, deactivated.text, again.status], [204, '', 204])
  for (const secret of [one, two]) assert.equal(await visit(portal, secret), '401 session_ended')
  assert.equal(await signInAs(portal, ada), undefined)
  await admin.call('patch', `/users/${id}`, { is_active: true })
  for (const secret of [one, two]) assert.equal(await visit(portal, secret), '401 session_ended')
  assert.equal(await visit(portal, await signInAs(portal, ada)), 'welcome')
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.deactivated' } }), 1)
}) // SES-11

test('another role begins with another session', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const before = await signInAs(portal, ada)

  await admin.call('patch', `/users/${await idOf(portal, ada)}`, { role: 'admin' })

  assert.equal(await visit(portal, before), '401 session_ended')
  assert.equal((await portal.client.get('/users', await signInAs(portal, ada))).status, 200)
}) // SES-13

test('the last administrator stays', async () => {
  const idle = {
    ...ada,
    email: 'idle@example.com',
    username: 'idle',
    role: 'admin',
    isActive: false,
  } as const
  const unproved = { ...idle, email: 'una@example.com', username: 'una', isActive: true, isVerified: false }
  await using office = await openOffice([idle, unproved])
  const { portal, admin } = office
  const id = await idOf(portal, boss)
  const steps = [
    () => admin.call('patch', `/users/${id}`, { role: 'user' }),
    () => admin.call('patch', `/users/${id}`, { is_active: false }),
    () => admin.call('put', `/users/${id}`, { role: 'user', is_active: true }),
    () => admin.call('delete', `/users/${id}`),
  ]

  for (const step of steps) {
    const answer = await step()
    assert.deepEqual([answer.status, answer.body.code], [409, 'last_admin'])
  }
  assert.equal((await admin.get('/users')).status, 200)
  assert.equal(
    await portal.database.auditEvent.count({ where: { subjectId: id, action: { startsWith: 'user.' } } }),
    0,
  )
  await admin.call('patch', `/users/${await idOf(portal, idle)}`, { is_active: true })
  assert.equal((await admin.call('delete', `/users/${id}`)).status, 204)
}) // AUT-07

test('of two administrators who demote each other in two processes the second is refused', async () => {
  await using workers = await openWorkers()
  const { one, other, urls } = workers
  await one.addPerson(boss)
  await one.database.user.updateMany({ data: { role: 'admin' } })
  const [first, second] = [await signInAs(one, boss), await signInAs(other, ada)]
  const [bossId, adaId] = [await idOf(one, boss), await idOf(one, ada)]
  const watcher = new pg.Client({ connectionString: urls.DATABASE_URL })
  await watcher.connect()
  const waits = async () => (await watcher.query(WAITING)).rowCount !== 0

  const almostDone = one.sqlLine.holdFrom(/COMMIT/)
  const demotion = one.client.call('patch', `/users/${adaId}`, first, { role: 'user' })
  await almostDone
  let isOver = false
  const counter = other.client
    .call('patch', `/users/${bossId}`, second, { role: 'user' })
    .finally(() => (isOver = true))
  while (!isOver && !(await waits())) await new Promise(setImmediate)
  one.sqlLine.release()

  assert.equal((await demotion).status, 200)
  assert.equal((await counter).body.code, 'last_admin')
  await watcher.end()
}) // AUT-07

for (const cut of ['nowhere', 'where it happens', 'elsewhere'] as const) {
  test(`a lost role or account is lost from the next request on, everywhere, with Redis cut ${cut}`, async () => {
    await using workers = await openWorkers({ settings: { SESSION_LEASE: '1s' } })
    const { one, other } = workers
    await one.addPerson(boss)
    await one.addPerson({ ...grace, role: 'admin' })
    const admin = await signInAs(one, boss)
    for (const [body, person] of [
      [{ role: 'user' }, grace],
      [{ is_active: false }, ada],
    ] as const) {
      const secret = await signInAs(other, person)
      for (const worker of [one, other]) assert.equal(await visit(worker, secret), 'welcome')
      if (cut !== 'nowhere') (cut === 'elsewhere' ? other : one).redisLine.refuse()

      const changed = await one.client.call('patch', `/users/${await idOf(one, person)}`, admin, body)

      assert.equal(changed.status, 200)
      assert.equal((await other.client.get('/users', secret)).body.code, 'session_ended')
      assert.equal(await visit(one, secret), '401 session_ended')
    }
  })
} // K8, AUT-05

test('no answer about a user holds what must stay hidden', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)
  const answers = [
    await admin.get('/users'),
    await admin.get('/users/me'),
    await admin.get(`/users/${id}`),
    await admin.call('post', '/users', { email: 'new@example.com' }),
    await admin.call('patch', `/users/${id}`, { display_name: 'x' }),
    await admin.call('put', `/users/${id}`, { role: 'user', is_active: true }),
    await admin.call('patch', '/users/me', { display_name: 'x' }),
  ]

  for (const { text, status, headers } of answers) {
    assert.ok(status < 300, text)
    assert.doesNotMatch(text, /hash|argon|epoch|token|wanted|s_[\w-]{64}/i)
    assert.equal(headers['cache-control'], 'no-store')
  }
}) // AUT-04
