import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, earlier, HOUR_MS, later, MINUTE_MS } from '../../../src/domain/time.ts'
import {
  createProgram,
  listAlarms,
  openRefreshing,
  origin,
  signIn,
  tokenStores,
} from '../../support/refreshing.ts'
import { isSomebodyWaiting, openWorkers, signOut } from '../../support/workers.ts'

type World = Awaited<ReturnType<typeof openRefreshing>>
type End = { how: string; settings?: Record<string, string>; end(world: World): Promise<unknown> | unknown }

const ends: End[] = [
  { how: 'was signed out', end: ({ portal, secret }) => signOut(portal, secret) },
  {
    how: 'was signed out everywhere, from another device',
    end: async ({ portal }) => portal.client.post('/auth/logout-all', undefined, await signIn(portal)),
  },
  { how: 'was not used for a week', end: ({ clock }) => clock.forward(7 * DAY_MS) },
  {
    how: 'is as old as it may get',
    settings: { SESSION_IDLE: '60d', REFRESH_TOKEN_EXPIRE_DAYS: '60' },
    end: ({ clock }) => clock.forward(30 * DAY_MS),
  },
  {
    how: 'belongs to somebody who was deactivated',
    end: ({ portal }) => portal.database.user.updateMany({ data: { isActive: false } }),
  },
  {
    how: 'belongs to somebody whose sessions are void',
    end: ({ portal }) => portal.database.user.updateMany({ data: { sessionEpoch: { increment: 1 } } }),
  },
  {
    how: 'is older than the backup that was restored',
    end: ({ portal, clock }) =>
      portal.database.system.update({ where: { id: 1 }, data: { sessionEpoch: later(clock.now(), 1) } }),
  },
]

for (const store of tokenStores) {
  for (const { how, settings, end } of ends) {
    test(`no token of a session works once it ${how} (${store.name})`, async () => {
      // TOK-21
      await using world = await openRefreshing(store, { settings })
      const { program, portal } = world
      const { refreshTokens } = portal.services
      const { id } = await portal.database.user.findFirstOrThrow()
      const { refreshToken: unused, family } = await program.start()
      const { refreshToken: used } = await program.start()
      const successor = await program.next(used)
      assert.equal((await refreshTokens.find(unused))?.isActive, true)
      assert.equal((await refreshTokens.find(used))?.isActive, false)
      assert.equal(await refreshTokens.isFamilyLive(family.id), true)
      assert.equal((await refreshTokens.listLiveOfUser(id)).get(family.sessionId)?.length, 2)
      const { member } = await portal.services.sessions.check(world.secret)
      assert.ok(member)

      await end(world)

      for (const token of [unused, used, successor]) {
        assert.equal(await program.next(token), 'refused')
        assert.equal((await refreshTokens.find(token))?.isActive, false)
      }
      assert.equal(await refreshTokens.isFamilyLive(family.id), false)
      assert.equal((await refreshTokens.listLiveOfUser(id)).get(family.sessionId), undefined)
      assert.equal(await refreshTokens.start({ member, clientId: 'backup', scopes: [], origin }), null)
      assert.equal(await portal.database.auditEvent.count({ where: { action: 'token.reuse_detected' } }), 0)
      assert.deepEqual(await listAlarms(portal), [])
      if (/was signed out$/.test(how)) assert.match(await renewed(world), /^r_/)
    })
  }

  test(`refreshing ends after so many days, however busy it was (${store.name})`, async () => {
    // TOK-16
    await using world = await openRefreshing(store, { settings: { REFRESH_TOKEN_EXPIRE_DAYS: '2' } })
    const { program, clock, portal } = world
    const { refreshToken, family } = await program.start()
    assert.equal(family.expiresAt.getTime(), family.createdAt.getTime() + 2 * DAY_MS)
    let token = refreshToken
    for (let hours = 8; hours < 48; hours += 8) {
      clock.forward(8 * HOUR_MS)
      token = await program.next(token)
      assert.match(token, /^r_/)
    }
    clock.forward(8 * HOUR_MS)

    assert.equal(await program.next(token), 'refused')
    assert.equal((await portal.services.refreshTokens.find(token))?.isActive, false)
    assert.match(await renewed(world), /^r_/)
  })

  test(`tokens never outlive their session, and say so from the start (${store.name})`, async () => {
    await using world = await openRefreshing(store, { remember: false })
    const { family } = await world.program.start()
    const { expiresAt } = await world.portal.database.session.findFirstOrThrow()
    assert.deepEqual(family.expiresAt, expiresAt)
    assert.ok(expiresAt < later(family.createdAt, DAY_MS + MINUTE_MS))
  })

  test(`a program that refreshes keeps its session from falling idle (${store.name})`, async () => {
    await using world = await openRefreshing(store)
    const { program, clock, portal } = world
    const { refreshToken } = await program.start()
    let token = refreshToken
    for (let days = 0; days < 28; days += 6) {
      const { lastSeenAt } = await portal.database.session.findFirstOrThrow()
      token = await program.next(token)
      assert.match(token, /^r_/)
      if (days > 0) await isNoted(world, lastSeenAt)
      clock.forward(6 * DAY_MS)
    }
    assert.equal((await portal.client.get('/auth/me', world.secret)).status, 401)
  })

  test(`signing out everywhere beats a refresh at the same moment (${store.name})`, async () => {
    // K3
    await using world = await openRefreshing(store)
    const { portal } = world
    for (let round = 0; round < 8; round++) {
      const secret = await signIn(portal)
      const program = createProgram(portal, secret)
      const { refreshToken } = await program.start()

      const [answer] = await Promise.all([
        program.next(refreshToken),
        portal.client.post('/auth/logout-all', undefined, secret).then(({ status }) => {
          assert.equal(status, 204)
        }),
      ])

      for (const token of [refreshToken, answer]) assert.equal(await program.next(token), 'refused')
    }
    assert.deepEqual(await listAlarms(portal), [])
  })

  test(`ended families are swept with all their tokens, and none that could be used again (${store.name})`, async () => {
    await using world = await openRefreshing(store, { settings: { REFRESH_TOKEN_EXPIRE_DAYS: '3' } })
    const { program, clock, portal } = world
    const { refreshToken: first, family } = await program.start()
    const second = await program.next(first)
    const tokens = Array.from({ length: 1_100 }, (_, index) => ({
      tokenHash: `${index}`,
      familyId: family.id,
      createdAt: clock.now(),
    }))
    await portal.database.refreshToken.createMany({ data: tokens })
    clock.forward(2 * DAY_MS)
    await portal.services.housekeeping.sweep()
    assert.equal(await portal.database.refreshToken.count(), 1_102)
    assert.equal(await program.next(first), 'refused')
    assert.equal(await program.next(second), 'refused')
    assert.equal((await listAlarms(portal)).length, 1)

    clock.forward(9 * DAY_MS)
    await portal.database.tokenFamily.updateMany({ data: { expiresAt: earlier(new Date(), 8 * DAY_MS) } })
    await portal.services.housekeeping.sweep()

    assert.equal(await portal.database.refreshToken.count(), 0)
    assert.equal(await portal.database.tokenFamily.count(), 0)
    assert.equal(await portal.database.session.count(), 1)
  })

  test(`of one session twenty families live, and the one unused longest makes room (${store.name})`, async () => {
    // TOK-25
    await using world = await openRefreshing(store)
    const { program, clock, portal, secret } = world
    const elsewhere = createProgram(portal, await signIn(portal))
    const { refreshToken: other } = await elsewhere.start()
    const tokens: string[] = []
    for (let count = 0; count < 20; count++) {
      clock.forward(MINUTE_MS)
      tokens.push((await program.start()).refreshToken)
    }
    clock.forward(MINUTE_MS)
    const [oldest = '', next = '', ...others] = tokens
    const kept = await program.next(oldest)

    const { refreshToken: newest } = await program.start()

    assert.equal(await program.next(next), 'refused')
    for (const token of [kept, ...others, newest, other]) {
      assert.match(await program.next(token), /^r_/)
    }
    const events = await portal.database.auditEvent.findMany({ where: { action: 'token.revoked' } })
    assert.deepEqual(
      events.map(({ details }) => JSON.parse(details).reason),
      ['too-many'],
    )
    assert.equal((await portal.client.get('/auth/me', secret)).status, 200)

    await Promise.all(Array.from({ length: 10 }, () => program.start()))
    const { id } = await portal.database.user.findFirstOrThrow()
    const families = await portal.services.refreshTokens.listLiveOfUser(id)
    assert.deepEqual([...families.values()].map(({ length }) => length).sort(), [1, 20])
  })
}

test('a refresh that was on its way while everything ended gives nothing', async () => {
  // K3
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signIn()
  const program = createProgram(one, secret)
  const { refreshToken } = await program.start()

  const isOnItsWay = one.sqlLine.holdFrom(/rotate-refresh-token/)
  const refreshing = program.next(refreshToken)
  await isOnItsWay
  assert.equal((await other.client.post('/auth/logout-all', undefined, secret)).status, 204)
  one.sqlLine.release()

  assert.equal(await refreshing, 'refused')
})

test('a successor that was made while everything was ending is dead when that is done', async () => {
  // K3
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signIn()
  const program = createProgram(other, secret)
  const { refreshToken } = await program.start()

  const isAlmostDone = one.sqlLine.holdFrom(/COMMIT/)
  const endingAll = one.client.post('/auth/logout-all', undefined, secret).then(({ status }) => status)
  await isAlmostDone
  const successor = await program.next(refreshToken)
  assert.match(successor, /^r_/)
  one.sqlLine.release()

  assert.equal(await endingAll, 204)
  assert.equal(await program.next(successor), 'refused')
  assert.equal(await program.next(refreshToken), 'refused')
  assert.equal((await other.services.refreshTokens.find(successor))?.isActive, false)
})

test('a family that would begin while everything ends never begins', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signIn()
  const program = createProgram(other, secret)

  const isAlmostDone = one.sqlLine.holdFrom(/COMMIT/)
  const endingAll = one.client.post('/auth/logout-all', undefined, secret).then(({ status }) => status)
  await isAlmostDone
  const starting = assert.rejects(program.start(), /the session has ended/)
  while (!(await isSomebodyWaiting(other))) await new Promise(setImmediate)
  one.sqlLine.release()

  assert.equal(await endingAll, 204)
  await starting
  assert.equal(await one.database.tokenFamily.count(), 0)
})

async function isNoted({ portal: { database } }: World, lastSeenAt: Date): Promise<void> {
  while ((await database.session.count({ where: { lastSeenAt } })) > 0) await new Promise(setImmediate)
}

/** Who signs in again gets tokens again. */
async function renewed({ portal }: World): Promise<string> {
  const program = createProgram(portal, await signIn(portal))
  return program.next((await program.start()).refreshToken)
}
