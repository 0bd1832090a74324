import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../../support/people.ts'
import { openPortal } from '../../support/portal.ts'

test('what somebody sends cannot write a second line or event into the record', async () => {
  // AUT-11
  await using portal = await openPortal({ people: [ada] })
  const userAgent = `Mozilla"},{"action":"user.registered" ${'x'.repeat(5_000)}`

  await portal.visitor.submit(
    '/login',
    { login: 'ada', password: 'not this one' },
    { 'user-agent': userAgent },
  )

  const events = await portal.database.auditEvent.findMany()
  assert.equal(events.length, 1)
  assert.equal(events[0]?.action, 'session.start_refused')
  assert.equal(events[0]?.userAgent, userAgent.slice(0, 256))
  assert.ok(portal.lines.every((line) => line.trimEnd().split('\n').length === 1 && JSON.parse(line)))
})

test('an event and the change it belongs to are written together or not at all', async () => {
  // AUT-09
  await using portal = await openPortal({ people: [ada] })
  await portal.world.sql.database.$executeRaw`ALTER TABLE audit_events RENAME TO lost`

  const registered = await portal.client.post('/auth/register', {
    email: 'eve@example.com',
    password: 'copper lantern orbit',
  })
  const signedIn = await portal.client.post('/auth/login', { login: 'ada', password: ada.password })

  assert.ok(registered.status >= 500 && signedIn.status >= 500)
  assert.equal(await portal.database.user.count(), 1)
  assert.equal(await portal.database.session.count(), 0)
  assert.equal(await portal.database.outgoingMail.count(), 0)
})
