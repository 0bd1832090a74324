import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { DAY_MS, earlier, later } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { WAITING } from '../support/postgres.ts'
import { stores } from '../support/stores.ts'

const registration = { email: 'new@example.com', password: 'velvet harbour kettle' }
const ended = { createdAt: new Date(0), expiresAt: new Date(0) }
const session = {
  id: 'ses_1',
  secretHash: '1',
  userEpoch: 0,
  method: 'password',
  remember: false,
  ip: '',
  userAgent: '',
  authenticatedAt: new Date(0),
  lastSeenAt: new Date(0),
  idleExpiresAt: new Date(0),
  ...ended,
}

/** What brings a row of each table back to life. */
const rescues = {
  users: 'email_verified_at = now()',
  sessions: 'expires_at = now()',
  token_families: 'expires_at = now()',
  one_time_links: "expires_at = now() + interval '1 day'",
  oauth_attempts: "expires_at = now() + interval '1 day'",
  attempt_counts: "expire = now() + interval '1 day'",
  signing_keys: 'gone_from = NULL',
  outgoing_mails: 'created_at = now()',
  audit_events: 'at = now()',
}

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`whoever confirms while the house is swept has an account, or is told that it is gone: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { users } = portal.services.repositories
    const ids = []
    for (let count = 0; count < 20; count++)
      ids.push(await portal.addPerson({ ...registration, email: `a${count}@example.com`, isVerified: false }))
    await portal.database.user.updateMany({ data: { registeredAt: earlier(new Date(), 8 * DAY_MS) } })

    const [, ...confirmed] = await Promise.all([
      portal.services.housekeeping.sweep(),
      ...ids.map((id) => users.markVerified({ id, sessionEpoch: 0 }, { now: new Date() })),
    ])

    for (const [index, id] of ids.entries())
      assert.equal(await users.find(id).then(Boolean), confirmed[index])
  })
}

test('a row that somebody is changing during the sweep is not waited for, and stays', async () => {
  await using store = await stores[2]?.open()
  assert.ok(store)
  await using portal = await openPortal({ settings: store.settings })
  const userId = await portal.addPerson({ ...registration, isVerified: false })
  await leaveOneOfEach(portal, userId)
  const somebody = new pg.Client({ connectionString: store.settings.DATABASE_URL })
  await somebody.connect()
  await somebody.query('BEGIN')
  for (const [table, rescue] of Object.entries(rescues)) await somebody.query(`UPDATE ${table} SET ${rescue}`)
  let isOver = false
  const sweeping = portal.services.housekeeping.sweep().finally(() => {
    isOver = true
  })
  while (!isOver && !(await isWaiting(somebody))) await new Promise(setImmediate)
  const hasWaited = !isOver

  await somebody.query('COMMIT')
  await sweeping
  assert.equal(hasWaited, false)

  for (const table of Object.keys(rescues))
    assert.ok((await somebody.query(`SELECT 1 FROM ${table}`)).rowCount, table)
  await somebody.end()
})

test('a portal whose clock is wrong by a year throws away nothing that the database calls young', async () => {
  await using store = await stores[2]?.open()
  assert.ok(store)
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock, settings: store.settings })
  await portal.visitor.submit('/login', { login: 'ada', password: ada.password })
  await portal.openVisitor().submit('/register', registration)

  clock.forward(365 * DAY_MS)
  await portal.services.housekeeping.sweep()

  const { database } = portal
  assert.equal(await database.user.count(), 2)
  assert.equal(await database.session.count(), 1)
  assert.equal(await database.oneTimeLink.count(), 1)
  assert.equal(await database.outgoingMail.count(), 1)
})

/** All of them old enough to be swept. */
async function leaveOneOfEach({ database }: Portal, userId: string) {
  const long = new Date(0)
  await database.user.updateMany({ data: { registeredAt: long } })
  await database.session.create({ data: { ...session, userId } })
  const family = {
    id: '1',
    sessionId: session.id,
    userId,
    clientId: '',
    scope: '',
    lastUsedAt: long,
    ...ended,
  }
  await database.tokenFamily.create({ data: family })
  await database.refreshToken.create({ data: { tokenHash: '1', familyId: '1', createdAt: long } })
  await database.oneTimeLink.create({ data: { tokenHash: '1', kind: '', userId, email: '', ...ended } })
  const attempt = { stateHash: '1', browserHash: '', provider: '', remember: false, returnTo: '', ...ended }
  await database.oAuthAttempt.create({ data: attempt })
  await database.attemptCount.create({ data: { key: '1', points: 1, expire: long } })
  await database.signingKey.updateMany({ data: { goneFrom: long } })
  const mail = {
    id: '1',
    recipient: '',
    template: '',
    payload: '',
    createdAt: long,
    nextAttemptAt: later(new Date(), DAY_MS),
  }
  await database.outgoingMail.create({ data: mail })
  await database.auditEvent.create({
    data: { id: '1', at: long, action: '', ip: '', userAgent: '', requestId: '' },
  })
}

async function isWaiting(watcher: pg.Client): Promise<boolean> {
  return (await watcher.query(WAITING)).rowCount !== 0
}
