import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../../../src/domain/time.ts'
import { createStillClock } from '../../support/clock.ts'
import { ada } from '../../support/people.ts'
import { openPortal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

const origin = { ip: '127.0.0.1', userAgent: 'a browser', requestId: '1' }

test('nothing that is sent can add a second line or event to the audit log', async () => {
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

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`guesses at unknown names are counted by the hour, not kept one by one: ${name}`, async () => {
    await using store = await open()
    const clock = createStillClock()
    await using portal = await openPortal({ people: [ada], clock, settings: store.settings })
    const { login } = portal.services
    const guess = (name: string) =>
      login.authenticate({ login: name, password: 'not this one' }, { origin, lane: null })
    clock.forward(HOUR_MS - (clock.now().getTime() % HOUR_MS))

    await Promise.all(['nobody', 'no-one', 'nobody@example.com'].map(guess))
    await guess('ada')
    clock.forward(HOUR_MS)
    await guess('nobody')

    const events = await portal.database.auditEvent.findMany({ orderBy: [{ at: 'asc' }, { count: 'desc' }] })
    const { id } = await portal.database.user.findFirstOrThrow()
    assert.deepEqual(
      events.map(({ subjectId, count }) => ({ subjectId, count })),
      [
        { subjectId: null, count: 3 },
        { subjectId: id, count: 1 },
        { subjectId: null, count: 1 },
      ],
    )
    assert.doesNotMatch(JSON.stringify(events), /nobody|no-one/)
  })
}
