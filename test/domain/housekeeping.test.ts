import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHousekeepingService } from '../../src/domain/housekeeping.service.ts'
import type { Repositories } from '../../src/domain/repositories.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { openLog } from '../../src/platform/log.ts'
import { noTally } from '../../src/platform/tally.ts'
import { createTestClock } from '../support/clock.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'

const registration = { email: 'new@example.com', password: 'velvet harbour kettle' }

test('an address that was registered and never confirmed is free again after a week', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ clock })
  await portal.visitor.submit('/register', registration)
  clock.forward(6 * DAY_MS)
  await portal.services.housekeeping.sweep()
  assert.equal(await portal.database.user.count(), 1)

  clock.forward(2 * DAY_MS)
  await portal.services.housekeeping.sweep()

  assert.equal(await portal.database.user.count(), 0)
  assert.equal(await portal.database.oneTimeLink.count(), 0)
  await portal.visitor.submit('/register', registration)
  assert.equal(await portal.database.user.count(), 1)
})

test('accounts in use, live sessions and the history stay when the house is swept', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada, grace], clock, settings: { SESSION_IDLE: '365d' } })
  await portal.visitor.submit('/login', { login: 'ada', password: ada.password, remember: '1' })
  clock.forward(20 * DAY_MS)

  await portal.services.housekeeping.sweep()

  assert.equal((await portal.visitor.visit('/account')).status, 200)
  assert.equal(await portal.database.user.count(), 2)
  assert.equal(await portal.database.auditEvent.count(), 1)
})

test('sessions and mails that have had their time are swept away, however many there are', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock })
  await portal.visitor.submit('/login', { login: 'ada', password: ada.password })
  await portal.openVisitor().submit('/register', registration)
  const [session] = await portal.database.session.findMany()
  assert.ok(session)
  const copies = Array.from({ length: 1_100 }, (_, index) => ({
    ...session,
    id: `ses_${index}`,
    secretHash: `${index}`,
  }))
  await portal.database.session.createMany({ data: copies })

  clock.forward(60 * DAY_MS)
  await portal.services.housekeeping.sweep()

  assert.equal(await portal.database.session.count(), 0)
  assert.equal(await portal.database.outgoingMail.count(), 0)
  assert.equal(await portal.database.attemptCount.count(), 0)
})

test('a sweep that fails does not stop the others, and the log says which it was', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock })
  await portal.visitor.submit('/login', { login: 'ada', password: ada.password })
  await portal.openVisitor().submit('/register', registration)
  await portal.database.$executeRaw`
    CREATE TRIGGER keep_users BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'not this one'); END`
  clock.forward(60 * DAY_MS)

  await portal.services.housekeeping.sweep()

  assert.equal(await portal.database.user.count(), 2)
  assert.equal(await portal.database.session.count(), 0)
  assert.equal(await portal.database.outgoingMail.count(), 0)
  const [warning, ...others] = portal.lines.filter((line) => line.includes('could not be swept'))
  assert.match(warning ?? '', /"what":"unconfirmed registrations"/)
  assert.deepEqual(others, [])
})

test('the history is kept for as long as it is set to be, and no longer', async () => {
  const clock = createTestClock()
  const settings = { AUDIT_KEEP: '90d', SESSION_IDLE: '365d' }
  await using portal = await openPortal({ people: [ada], clock, settings })
  await portal.visitor.submit('/login', { login: 'ada', password: ada.password })
  const events = () => portal.database.auditEvent.count()
  clock.forward(89 * DAY_MS)
  await portal.services.housekeeping.sweep()
  assert.equal(await events(), 1)

  clock.forward(2 * DAY_MS)
  await portal.services.housekeeping.sweep()

  assert.equal(await events(), 0)
})

test('the first sweep comes soon after the start, and the next one an hour later; events are sealed every minute', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let [sweeps, sealings] = [0, 0]
  const readTime = async () => {
    sweeps++
    throw new Error('the database is away')
  }
  const repositories = { system: { readTime } } as unknown as Repositories
  const housekeeping = createHousekeepingService({
    repositories,
    isProofOptional: false,
    deletions: { finishDue: async () => 0 },
    comeBack: { bringBackFew: async () => 0 },
    sealing: {
      sealAll: async () => {
        sealings++
      },
      removeOlder: async () => {},
      signAnew: async () => {},
    },
    signInHours: { settle: async () => 0 },
    auditKeepMs: DAY_MS,
    tally: noTally,
    clock: createTestClock(),
    log: openLog('silent', process.stderr),
  })
  const settle = () => new Promise(setImmediate)

  housekeeping.begin()
  t.mock.timers.tick(MINUTE_MS)
  await settle()
  assert.deepEqual([sweeps, sealings], [1, 1])
  t.mock.timers.tick(MINUTE_MS)
  await settle()
  assert.deepEqual([sweeps, sealings], [1, 2])
  t.mock.timers.tick(HOUR_MS)
  await settle()
  assert.equal(sweeps, 2)
  const sealed = sealings
  housekeeping.close()
  t.mock.timers.tick(2 * HOUR_MS)
  await settle()
  assert.deepEqual([sweeps, sealings], [2, sealed])
})
