import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSimulation } from '../support/simulated-day.ts'
import { stores } from '../support/stores.ts'

const HOURS = 30
/** What the one person leaves behind who really signs in now and then. */
const FEW = 100

for (const store of stores.filter(({ name }) => name !== 'SQLite and Redis')) {
  test(`after a day and a bit of people coming and going, no table is larger than before (${store.name})`, async () => {
    await using simulation = await openSimulation(store, { people: 1_000, sessions: 5_000 })
    const { portal, mailbox } = simulation
    const before = await simulation.countRows()
    const keysBefore = await portal.services.signingKeys.list()

    for (let hour = 1; hour <= HOURS; hour++) await simulation.passHour(hour)

    const { audit_seals: seals = 0, ...after } = await simulation.countRows()
    const larger = Object.entries(after).filter(([table, count]) => count > (before[table] ?? 0) * 1.05 + FEW)
    assert.deepEqual(larger, [])
    assert.ok(seals < (before.audit_seals ?? 0) + 2 * HOURS, `${seals} seals`)
    const keys = await portal.services.signingKeys.list()
    assert.ok(
      !keysBefore.some(({ id }) => keys.some((key) => key.id === id)),
      'the first key has had its time',
    )
    await portal.services.outbox.close() // after the emails that its own rounds are sending
    assert.equal(await portal.database.outgoingMail.count({ where: { sentAt: null } }), 0)
    assert.ok(mailbox.taken() >= 2 * HOURS)
    assert.equal(await portal.database.auditEvent.count({ where: { batch: null, closesAt: null } }), 0)
    assert.deepEqual(portal.lines, [])
  }) // L4
}
