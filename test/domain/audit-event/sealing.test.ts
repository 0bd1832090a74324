import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/domain/time.ts'
import { recordEvents, verify, writeBatch } from '../../support/audit-log.ts'
import { createStillClock, createTestClock } from '../../support/clock.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

const [older, newer] = ['older'.padEnd(40, '-'), 'newer'.padEnd(40, '-')]
const isSealing = (line: string) => line.includes('audit events were sealed')

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`processes that seal, write and forget at once leave no event out and break no seal: ${name}`, async () => {
    await using store = await open()
    await using one = await openPortal({ settings: store.settings })
    await using other = await openPortal({ settings: store.settings })
    const { sealedEvents } = one.services.repositories

    for (let batch = 0; batch < 12; batch += 3)
      await Promise.all([
        recordEvents(one, batch),
        recordEvents(other, batch + 1),
        one.services.sealing.sealAll(),
        recordEvents(one, batch + 2),
        other.services.sealing.sealAll(),
        sealedEvents.forgetPerson('grace', 500),
        one.services.sealing.sealAll(),
      ])
    await one.services.sealing.sealAll()

    const { findings, events, unsealed, head } = await verify(one)
    assert.deepEqual({ findings, events, unsealed }, { findings: [], events: 48, unsealed: 0 })
    const sealings = [...one.lines, ...other.lines].filter(isSealing).map((line) => JSON.parse(line))
    assert.deepEqual(
      sealings.map(({ batch }) => batch).toSorted((a, b) => a - b),
      sealings.map((_, index) => index + 1),
    )
    assert.ok(sealings.some((line) => line.head === head?.hash))
  })

  test(`a sealing that is cut off halfway has not happened, and the next one does it: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { database, services } = portal
    await recordEvents(portal, 0)
    await database.$executeRaw`ALTER TABLE audit_seals RENAME COLUMN content TO lost`
    await assert.rejects(services.sealing.sealAll())
    await database.$executeRaw`ALTER TABLE audit_seals RENAME COLUMN lost TO content`
    assert.deepEqual([await database.auditSeal.count(), (await verify(portal)).unsealed], [0, 4])

    await services.sealing.sealAll()

    const { findings, batches, unsealed } = await verify(portal)
    assert.deepEqual({ findings, batches, unsealed }, { findings: [], batches: 1, unsealed: 0 })
  })

  test(`a row that counts is sealed when its hour is over, and whoever counts later begins another: ${name}`, async () => {
    await using store = await open()
    const clock = createStillClock()
    await using portal = await openPortal({ clock, settings: store.settings })
    const { audit, auditSeals } = portal.services.repositories
    const count = () => audit.count('session.start_refused', hour)
    const seal = async () => {
      if (store.redis)
        await portal.database.$executeRaw`
        UPDATE audit_events SET closes_at = now() - interval '1 second' WHERE closes_at < ${clock.now()}`
      await portal.services.sealing.sealAll()
    }
    clock.forward(HOUR_MS - (clock.now().getTime() % HOUR_MS))
    const hour = clock.now()
    await count()
    await count()
    clock.forward(HOUR_MS + MINUTE_MS)
    await seal()
    assert.equal(await auditSeals.count(), 0)

    clock.forward(10 * MINUTE_MS)
    await seal()
    assert.equal(await auditSeals.count(), 1)
    await count()
    await count()

    const counts = await portal.database.auditEvent.findMany({ orderBy: { id: 'asc' } })
    assert.deepEqual(
      counts.map((row) => [row.count, row.batch]),
      [
        [2, 1],
        [2, null],
      ],
    )
    assert.deepEqual((await verify(portal)).findings, [])
  })

  test(`old events leave by whole batches, and what was changed stays to be looked into: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { sealing } = portal.services
    for (let batch = 0; batch < 4; batch++) await writeBatch(portal, batch)
    await recordEvents(portal, 4)
    const [, second, third] = await portal.database.auditSeal.findMany({ orderBy: { number: 'asc' } })
    const left = () =>
      portal.database.auditEvent.groupBy({ by: ['batch'], _count: true, orderBy: { batch: 'asc' } })

    await sealing.removeOlder(second?.newestAt ?? new Date())
    assert.equal((await left()).length, 4)
    await Promise.all([1, 2].map(() => sealing.removeOlder(third?.newestAt ?? new Date())))
    assert.deepEqual((await verify(portal)).findings, [])
    assert.equal((await left()).length, 3)

    await portal.database.auditEvent.updateMany({ where: { batch: 4, actorId: 'boss' }, data: { ip: '' } })
    await sealing.removeOlder(new Date())

    assert.deepEqual(
      (await verify(portal)).findings.map(({ kind }) => kind),
      ['edited'],
    )
    assert.ok(portal.lines.some((line) => line.includes('old audit events stay')))
    const counts = (await left()).map(({ batch, _count }) => `${batch}: ${_count}`)
    assert.deepEqual(counts.toSorted(), ['4: 4', 'null: 4'])
  })
}

test('when SECRET_KEY changes, the log is signed anew, and the old key is not needed any more', async () => {
  await using store = await stores[0]?.open()
  assert.ok(store)
  const openWith = (SECRET_KEY: string) => openPortal({ settings: { ...store.settings, SECRET_KEY } })
  const count = async (portal: Portal) => (await verify(portal)).findings.length
  await using before = await openWith(older)
  for (let batch = 0; batch < 3; batch++) await writeBatch(before, batch)
  await before.services.repositories.sealedEvents.forgetPerson('grace', 500)
  await using after = await openWith(newer)
  assert.ok((await count(after)) > 0)

  await using changing = await openWith(`${newer},${older}`)
  assert.equal(await count(changing), 0)
  await changing.services.sealing.signAnew()

  assert.equal(await count(after), 0)
}) // T2

test('a portal that finds the end of the log cut off, or written again, says so with the head it knew', async () => {
  await using portal = await openPortal()
  const { database, services } = portal
  const isAlarm = (line: string) => line.includes('cut off or written again') && line.includes('"error"')
  const alarms = async () => {
    await services.sealing.sealAll()
    return portal.lines.filter(isAlarm)
  }
  for (let batch = 0; batch < 3; batch++) await writeBatch(portal, batch)
  const { head } = await verify(portal)
  assert.deepEqual(await alarms(), [])

  await database.auditSeal.delete({ where: { number: 3 } })
  await database.auditEvent.deleteMany({ where: { batch: 3 } })
  const [first = '', ...others] = await alarms()
  assert.deepEqual([JSON.parse(first).head, others], [head?.hash, []])

  await writeBatch(portal, 3)
  await database.auditSeal.deleteMany()
  await database.auditEvent.updateMany({ data: { batch: null, position: null, seal: null } })
  assert.equal((await alarms()).length, 2)
  assert.equal((await alarms()).length, 2)
})

test('an event from a clock that ran ahead does not keep the others beyond their time', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ clock })
  const { audit } = portal.services.repositories
  const origin = { ip: '', userAgent: '', requestId: '' }
  const event = { action: 'user.updated', actorId: null, subjectId: 'ada', origin } as const
  await audit.record({ ...event, at: new Date('2099-01-01T00:00:00Z') })
  await audit.record({ ...event, at: clock.now() })
  await portal.services.sealing.sealAll()
  clock.forward(DAY_MS)

  await portal.services.sealing.removeOlder(clock.now())

  assert.equal(await portal.database.auditEvent.count(), 0)
})

test('an old event that was never sealed is sealed before it leaves', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ clock, settings: { AUDIT_KEEP: '90d' } })
  await recordEvents(portal, 0)
  clock.forward(365 * DAY_MS)

  await portal.services.housekeeping.sweep()

  const [seal] = await portal.database.auditSeal.findMany()
  assert.deepEqual(
    [seal?.rows, seal?.removedAt !== null, await portal.database.auditEvent.count()],
    [4, true, 0],
  )
  const { findings, head } = await verify(portal)
  assert.deepEqual([findings, head?.number], [[], 1])
})
