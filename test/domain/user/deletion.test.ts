import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS } from '../../../src/domain/time.ts'
import { idOf, signInAs } from '../../support/office.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'
import { behindProxy } from '../../support/strangers.ts'

const MANY = 1_300
const AT_ONCE = 500

/** What a script leaves behind that signs in every minute. */
async function leaveMuchBehind({ database }: Portal, userId: string) {
  const [now, later] = [new Date(), new Date(Date.now() + DAY_MS)]
  const event = { at: now, action: 'session.started', actorId: userId, subjectId: userId }
  const origin = { ip: '192.0.2.7', userAgent: 'script' }
  const times = {
    createdAt: now,
    authenticatedAt: now,
    lastSeenAt: now,
    idleExpiresAt: later,
    expiresAt: later,
  }
  const numbers = Array.from({ length: MANY }, (_, index) => `many-${index}`)
  await database.auditEvent.createMany({
    data: numbers.map((id) => ({ id, ...event, ...origin, requestId: '' })),
  })
  await database.session.createMany({
    data: numbers.map((id) => ({
      ...{ id, secretHash: id, userId, userEpoch: 0, method: 'password', remember: false },
      ...origin,
      ...times,
    })),
  })
}

/** As a database does that is given a time for each statement. */
async function refuseLongStatements({ database }: Portal) {
  const isTooMuch = `(SELECT COUNT(*) FROM touched) > ${AT_ONCE}`
  await database.$executeRawUnsafe(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF ${isTooMuch} THEN RAISE EXCEPTION 'too much at once'; END IF; RETURN NULL; END $$`)
  for (const [table, what] of [
    ['audit_events', 'UPDATE'],
    ['sessions', 'DELETE'],
  ])
    await database.$executeRawUnsafe(`
      CREATE TRIGGER refuse AFTER ${what} ON ${table} REFERENCING OLD TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION refuse()`)
}

test('an account with more behind it than the database deletes at once is deleted all the same', async () => {
  const store = stores.find(({ name }) => name.startsWith('PostgreSQL'))
  await using open = await store?.open()
  await using portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...open?.settings } })
  const userId = await idOf(portal, ada)
  await portal.client.call('post', '/auth/deletion', await signInAs(portal, ada))
  await leaveMuchBehind(portal, userId)
  await refuseLongStatements(portal)
  await portal.database.user.updateMany({ data: { deletesAt: new Date(Date.now() - 1_000) } })

  await portal.services.housekeeping.sweep()

  const { user, session, auditEvent } = portal.database
  assert.equal(await user.count(), 0)
  assert.equal(await session.count(), 0)
  assert.equal(await auditEvent.count({ where: { OR: [{ subjectId: userId }, { actorId: userId }] } }), 0)
  assert.equal(await auditEvent.count({ where: { OR: [{ ip: '192.0.2.7' }, { userAgent: 'script' }] } }), 0)
})
