import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEncryption } from '../../../src/platform/encryption.ts'
import { grace } from '../../support/people.ts'
import { createProgram, listAlarms, openRefreshing, origin, tokenStores } from '../../support/refreshing.ts'
import { openWorkers } from '../../support/workers.ts'

const stranger = { as: 'somebody-else' }

for (const store of tokenStores) {
  test(`a token is worth nothing to another client, and still works for its own (${store.name})`, async () => {
    // TOK-18
    await using world = await openRefreshing(store)
    const { program, portal } = world
    const { refreshToken: first } = await program.start()
    assert.deepEqual(await program.refresh(first, stranger), { outcome: 'refused' })
    const second = await program.next(first)
    const third = await program.next(second)
    for (const token of [first, second, third]) {
      assert.deepEqual(await program.refresh(token, stranger), { outcome: 'refused' })
      const wide = { ...stranger, scopes: ['users:write' as const] }
      assert.deepEqual(await program.refresh(token, wide), { outcome: 'refused' })
    }
    assert.match(await program.next(third), /^r_/)
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'token.reuse_detected' } }), 0)
    assert.deepEqual(await listAlarms(portal), [])
  })

  test(`an answer may be for less than was granted, never for more, and the next one is for all again (${store.name})`, async () => {
    // TOK-17
    await using world = await openRefreshing(store)
    const { program, clock } = world
    const { refreshToken, family } = await program.start({ scopes: ['account:read', 'offline_access'] })
    assert.equal(family.scope, 'account:read offline_access')

    for (const scopes of [['account:write'], ['account:read', 'users:write']] as const) {
      const refused = await program.refresh(refreshToken, { scopes: [...scopes] })
      assert.deepEqual(refused, { outcome: 'scope-exceeded' })
    }
    clock.forward(60_000)
    const narrow = await program.refresh(refreshToken, { scopes: ['account:read'] })
    assert.ok(narrow.outcome === 'rotated')
    assert.equal(narrow.family.scope, 'account:read offline_access')

    const retried = await program.refresh(refreshToken, { scopes: ['account:write'] })
    assert.deepEqual(retried, { outcome: 'scope-exceeded' })
    assert.match(await program.next(narrow.refreshToken), /^r_/)
  })

  test(`a refresh tells whose tokens they are and when they were used (${store.name})`, async () => {
    await using world = await openRefreshing(store)
    const { program, clock, portal } = world
    const { refreshToken, family } = await program.start()
    clock.forward(3_600_000)
    const before = clock.now()
    const refreshed = await program.refresh(refreshToken)
    assert.ok(refreshed.outcome === 'rotated')

    const { lastUsedAt, ...unchanged } = refreshed.family
    assert.deepEqual({ ...unchanged, lastUsedAt: family.lastUsedAt }, family)
    assert.ok(lastUsedAt >= before)
    assert.equal(refreshed.member.user.email, 'ada@example.com')
    assert.equal(refreshed.member.session.id, family.sessionId)
    assert.ok(Date.parse(refreshed.member.session.createdAt))
    const found = await portal.services.refreshTokens.find(refreshed.refreshToken)
    assert.deepEqual(found?.family, refreshed.family)
    const retried = await program.refresh(refreshToken)
    assert.ok(retried.outcome === 'rotated')
    assert.deepEqual([retried.refreshToken, retried.family], [refreshed.refreshToken, refreshed.family])
    assert.deepEqual(retried.member.user, refreshed.member.user)
  })

  test(`a client ends its own tokens, all of the family, and nobody else’s (${store.name})`, async () => {
    // TOK-19
    await using world = await openRefreshing(store)
    const { program, portal } = world
    const { refreshTokens } = portal.services
    const { refreshToken: first } = await program.start()
    const second = await program.next(first)
    const { refreshToken: other } = await program.start(stranger)
    const end = (token: string) => refreshTokens.end({ token, clientId: program.clientId, origin })

    assert.equal(await end(other), false)
    assert.equal(await end('r_unknown'), false)
    assert.equal(await end(first), true)
    assert.equal(await end(second), false)

    assert.equal(await program.next(second), 'refused')
    assert.equal((await program.refresh(other, stranger)).outcome, 'rotated')
    const events = await portal.database.auditEvent.findMany({ where: { action: 'token.revoked' } })
    assert.equal(events.length, 1)
    assert.equal(JSON.parse(events[0]?.details ?? '').reason, 'revoked-by-client')
  })

  test(`owners see their live families, last used first, and end them; nobody else does (${store.name})`, async () => {
    await using world = await openRefreshing(store)
    const { program, clock, portal } = world
    const { refreshTokens } = portal.services
    const userId = (await portal.database.user.findFirstOrThrow()).id
    const somebodyElse = await portal.addPerson(grace)
    const one = await program.start()
    clock.forward(1_000)
    const two = await program.start(stranger)
    clock.forward(1_000)
    const { session } = (await portal.services.sessions.check(world.secret)).member ?? {}
    const list = async () => (await refreshTokens.listLiveOfUser(userId)).get(session?.id ?? '') ?? []

    assert.deepEqual(
      (await list()).map(({ id }) => id),
      [two.family.id, one.family.id],
    )
    await program.next(one.refreshToken)
    assert.deepEqual(
      (await list()).map(({ id }) => id),
      [one.family.id, two.family.id],
    )
    assert.equal((await refreshTokens.listLiveOfUser(somebodyElse)).size, 0)
    const key = { id: one.family.id, userId, sessionId: one.family.sessionId }
    assert.equal(await refreshTokens.endFamily({ ...key, sessionId: 'ses_other', origin }), false)
    assert.equal(await refreshTokens.endFamily({ ...key, userId: somebodyElse, origin }), false)
    assert.equal(await refreshTokens.endFamily({ ...key, origin }), true)
    assert.equal(await refreshTokens.endFamily({ ...key, origin }), true)
    assert.deepEqual(await list(), [two.family])
    assert.equal(await refreshTokens.isFamilyLive(one.family.id), false)
    assert.equal(await refreshTokens.isFamilyLive('fam_unknown'), false)
  })

  test(`the whole database contains no token, nor a key to one (${store.name})`, async () => {
    // TOK-10
    await using world = await openRefreshing(store)
    const { program, clock, portal } = world
    const tokens = [(await program.start()).refreshToken]
    for (let count = 0; count < 3; count++) tokens.push(await program.next(tokens.at(-1) ?? ''))
    clock.forward(60_000)
    await program.next(tokens[0] ?? '')
    assert.equal(new Set(tokens).size, 4)

    const rows = await readEverything(portal)
    assert.match(rows, /token\.reuse_detected/)
    const log = portal.lines.join('')
    for (const token of tokens) {
      assert.match(token, /^r_[\w-]{64}$/)
      const forms = [token, token.slice(2), Buffer.from(token.slice(2), 'base64url').toString('hex')]
      for (const form of forms) assert.ok(!rows.includes(form) && !log.includes(form))
    }

    const sealed = await portal.database.refreshToken.findMany({ where: { successor: { not: null } } })
    assert.equal(sealed.length, 3)
    const places = sealed.map(({ tokenHash: row }) => ({ table: 'refresh_tokens', column: 'successor', row }))
    const known = [...portal.config.secretKeys, ...sealed.map(({ tokenHash }) => tokenHash)]
    const open = (key: string) =>
      sealed.flatMap(({ successor }) =>
        places.map((place) => createEncryption([key]).decrypt(successor ?? '', place)),
      )
    assert.deepEqual(known.flatMap(open).filter(Boolean), [])
    assert.deepEqual(open(tokens[0] ?? '').filter(Boolean), [tokens[1]])
  })
}

test('a refresh whose answer was lost can be retried: the same successor, and nobody is thrown out', async () => {
  // S4, C2
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signIn()
  const program = createProgram(one, secret)
  let { refreshToken: token } = await program.start()
  for (let round = 0; round < 3; round++) {
    const wasDone = one.sqlLine.cutBeforeAnswerTo(/rotate-refresh-token/)
    await assert.rejects(program.next(token), { code: 'temporarily_unavailable' })
    await wasDone
    assert.equal(await one.database.refreshToken.count({ where: { usedAt: null } }), 1)

    const successor = await createProgram(other, secret).next(token)
    assert.match(successor, /^r_/)
    assert.equal(await program.next(token), successor)
    token = successor
  }
  assert.equal(await one.database.refreshToken.count(), 4)
  assert.deepEqual(await listAlarms(one), [])
})

test('a first token whose answer was lost is asked for again', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const program = createProgram(one, await workers.signIn())
  const wasDone = one.sqlLine.cutBeforeAnswerTo(/COMMIT/)
  await assert.rejects(program.start(), { code: 'temporarily_unavailable' })
  await wasDone

  assert.match(await program.next((await program.start()).refreshToken), /^r_/)
})

test('a database that does not answer is not a refusal: the token works when it is back', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const program = createProgram(one, await workers.signIn())
  const { refreshToken } = await program.start()
  one.sqlLine.refuse()
  await assert.rejects(program.next(refreshToken), { code: 'temporarily_unavailable' })
  one.sqlLine.pass()
  while (!(await one.world.sql.ping().catch(() => null)));
  assert.match(await program.next(refreshToken), /^r_/)
})

/** Every row of every table, as text. */
async function readEverything({ world, database }: Awaited<ReturnType<typeof openRefreshing>>['portal']) {
  const tables = world.sql.isSqlite
    ? await database.$queryRaw<{ name: string }[]>`SELECT name FROM sqlite_master WHERE type = 'table'`
    : await database.$queryRaw<{ name: string }[]>`
        SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'`
  const rows = await Promise.all(
    tables.map(({ name }) => database.$queryRawUnsafe<object[]>(`SELECT * FROM "${name}"`)),
  )
  const isBigint = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  return JSON.stringify(rows, isBigint)
}
