import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewAccessToken } from '../../../src/domain/access-token/access-token.service.ts'
import { createRepositories } from '../../../src/domain/repositories.ts'
import { createKeyRotation } from '../../../src/domain/signing-key/key-rotation.ts'
import { createSigningKeyService } from '../../../src/domain/signing-key/signing-key.service.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts'
import { createBreaker } from '../../../src/platform/breaker.ts'
import { createJwt } from '../../../src/platform/jwt.ts'
import { createTestClock } from '../../support/clock.ts'
import { openCuttableDatabase } from '../../support/cuttable-database.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { type OpenStore, stores } from '../../support/stores.ts'

const origin = { ip: '127.0.0.1', userAgent: 'gatehouse keys', requestId: 'a-command' }
const grant: NewAccessToken = {
  subject: 'a-user',
  clientId: 'a-client',
  sessionId: 'ses_one',
  scopes: ['account:read'],
  role: 'user',
  authenticatedAt: new Date(),
  familyId: null,
}

/** Processes of one house are told the same address. */
function inOneHouse({ settings }: OpenStore): Record<string, string> {
  return { ...settings, BASE_URL: 'https://login.example.com' }
}

async function mint({ services }: Portal): Promise<string> {
  return (await services.accessTokens.mint(grant)).token
}

async function check({ services }: Portal, token: string): Promise<string> {
  return (await services.accessTokens.verify(token)).outcome
}

async function listStates({ services }: Portal): Promise<string[]> {
  return (await services.signingKeys.list()).map(({ state }) => state)
}

async function signerOf({ services }: Portal): Promise<string | null> {
  return (await services.signingKeys.signer()).id
}

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`two portals that start at once sign with one key, and believe each other: ${name}`, async () => {
    await using store = await open()
    const portals = await Promise.all([
      openPortal({ settings: inOneHouse(store) }),
      openPortal({ settings: inOneHouse(store) }),
    ])
    await using one = portals[0]
    await using other = portals[1]

    assert.deepEqual(await listStates(one), ['active'])
    assert.equal(await check(other, await mint(one)), 'valid')
    assert.equal(await check(one, await mint(other)), 'valid')
  })

  test(`when many notice at once that a key is due, one makes it: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: inOneHouse(store) })
    const { sql, encryption, clock } = portal.world
    const surroundings = { encryption, sendsMail: false }
    await portal.database.signingKey.deleteMany()
    const processes = Array.from({ length: 8 }, () =>
      createKeyRotation({
        repositories: createRepositories(sql.database, surroundings),
        transact: (work) =>
          sql.transact((database, undo) => work(createRepositories(database, surroundings), undo)),
        jwt: createJwt(),
        algorithm: 'EdDSA',
        rotationMs: 30 * DAY_MS,
        clock,
      }),
    )

    const seen = await Promise.all(processes.map(({ keepUp }) => keepUp()))

    assert.equal(new Set(seen.flatMap(({ keys }) => keys).map(({ id }) => id)).size, 1)
    assert.equal(await portal.database.signingKey.count(), 1)
    assert.equal(await portal.database.auditEvent.count(), 0)
  })

  test(`a key takes over from the older one by the clock, and the old one goes in the end: ${name}`, async () => {
    // M10
    await using store = await open()
    const clock = createTestClock()
    await using portal = await openPortal({ settings: inOneHouse(store), clock })
    const { signingKeys, housekeeping } = portal.services
    const first = await signerOf(portal)
    const pass = async (ms: number) => {
      clock.forward(ms)
      await signingKeys.refresh()
    }

    await pass(29 * DAY_MS)
    assert.deepEqual(await listStates(portal), ['active'])
    await pass(DAY_MS - 10 * MINUTE_MS)
    assert.deepEqual(await listStates(portal), ['active', 'next'])
    assert.equal(await signerOf(portal), first)
    clock.forward(20 * MINUTE_MS)
    assert.deepEqual(await listStates(portal), ['verify-only', 'active'])
    const second = await signerOf(portal)
    assert.notEqual(second, first)

    await pass(2 * HOUR_MS)
    assert.deepEqual(await listStates(portal), ['gone', 'active'])
    await portal.database.signingKey.updateMany({
      where: { id: first ?? '' },
      data: { goneFrom: new Date(0) },
    })
    await housekeeping.sweep()
    assert.deepEqual(await listStates(portal), ['active'])
    await pass(30 * DAY_MS - 2 * HOUR_MS - 20 * MINUTE_MS)
    clock.forward(20 * MINUTE_MS)
    assert.deepEqual(await listStates(portal), ['verify-only', 'active'])
    assert.equal(new Set([first, second, await signerOf(portal)]).size, 3)

    const events = await portal.database.auditEvent.findMany({ where: { action: 'signing_key.rotated' } })
    assert.deepEqual(
      events.map(({ details }) => JSON.parse(details).reason),
      ['age', 'age'],
    )
  })

  test(`a command makes the next key, and a second one only says that it waits: ${name}`, async () => {
    await using store = await open()
    const clock = createTestClock()
    await using portal = await openPortal({ settings: inOneHouse(store), clock })
    const before = await signerOf(portal)

    const [one, two] = await Promise.all([
      portal.services.signingKeys.rotate({ origin }),
      portal.services.signingKeys.rotate({ origin }),
    ])

    assert.deepEqual([one.outcome, two.outcome].sort(), ['pending', 'rotated'])
    assert.ok('key' in one && 'key' in two && one.key.id === two.key.id)
    assert.deepEqual(await listStates(portal), ['active', 'next'])
    assert.equal(await signerOf(portal), before)
    const [event, ...more] = await portal.database.auditEvent.findMany()
    assert.equal(event?.action, 'signing_key.rotated')
    assert.equal(event.userAgent, origin.userAgent)
    assert.equal(JSON.parse(event.details).key, one.key.id)
    assert.equal(more.length, 0)
    clock.forward(21 * MINUTE_MS)
    assert.equal(await signerOf(portal), one.key.id)
  })

  test(`in an emergency the old keys are gone at once, the waiting one too, also by a slow clock: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: inOneHouse(store) })
    const clock = createTestClock()
    clock.forward(-2 * MINUTE_MS)
    await using slow = await openPortal({ settings: inOneHouse(store), clock })
    await portal.services.signingKeys.rotate({ origin })
    const stolen = await mint(slow)
    assert.equal(await check(portal, stolen), 'valid')

    const rotated = await portal.services.signingKeys.rotate({ origin, immediately: true })

    for (const each of [portal, slow]) {
      assert.equal(await check(each, stolen), 'invalid')
      assert.deepEqual((await listStates(each)).sort(), ['active', 'gone', 'gone'])
      assert.equal(await signerOf(each), 'key' in rotated && rotated.key.id)
      const { keys } = await each.services.signingKeys.publicJwks()
      assert.deepEqual(
        keys.map(({ kid }) => kid),
        [await signerOf(each)],
      )
    }
    assert.equal(await check(portal, await mint(slow)), 'valid')
  })
}

test('no private key is readable in the database, and one that was not made here is not believed', async () => {
  await using portal = await openPortal()
  const [row] = await portal.database.signingKey.findMany()
  assert.ok(row)
  assert.ok(portal.world.encryption.isEncrypted(row.privateJwk))
  const place = { table: 'signing_keys', column: 'private_jwk', row: row.id }
  const opened = portal.world.encryption.decryptDict(row.privateJwk, place)
  assert.equal(typeof opened?.d, 'string')
  assert.ok(!JSON.stringify(row).includes(String(opened?.d)))
  assert.ok(!portal.lines.join().includes(String(opened?.d)))
  assert.deepEqual(Object.keys(JSON.parse(row.publicJwk)).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])

  const id = 'planted'.padEnd(43, '_')
  await portal.database.signingKey.create({ data: { ...row, id } })
  await portal.services.signingKeys.refresh()
  assert.deepEqual(
    (await portal.services.signingKeys.publicJwks()).keys.map(({ kid }) => kid),
    [row.id],
  )
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`an old SECRET_KEY can be dropped after the sweep, and no token notices: ${name}`, async () => {
    // M10
    await using store = await open()
    const openWith = (SECRET_KEY: string) => openPortal({ settings: { ...inOneHouse(store), SECRET_KEY } })
    const [older, newer] = ['older'.padEnd(40, '-'), 'newer'.padEnd(40, '-')]
    await using before = await openWith(older)
    await before.services.signingKeys.rotate({ origin })
    const token = await mint(before)
    await using changing = await openWith(`${newer},${older}`)

    await Promise.all([changing.services.housekeeping.sweep(), changing.services.housekeeping.sweep()])

    await using after = await openWith(newer)
    assert.equal(await signerOf(after), await signerOf(before))
    assert.equal(await check(after, token), 'valid')
    assert.deepEqual(await listStates(after), ['active', 'next'])
    assert.equal(await check(changing, await mint(after)), 'valid')
  })
}

test('after a change of JWT_ALGORITHM the new key waits like every other, and the old tokens go on', async () => {
  await using store = await stores[0]?.open()
  assert.ok(store)
  const clock = createTestClock()
  const openWith = (JWT_ALGORITHM: string) =>
    openPortal({ settings: { ...inOneHouse(store), JWT_ALGORITHM }, clock })
  const before = await openWith('EdDSA')
  let token = await mint(before)
  await before[Symbol.asyncDispose]()

  for (const algorithm of ['ES256', 'RS256']) {
    await using after = await openWith(algorithm)
    assert.notEqual((await after.services.signingKeys.signer()).algorithm, algorithm)
    assert.equal(await check(after, token), 'valid')
    clock.forward(19 * MINUTE_MS)
    const earlier = await mint(after)
    clock.forward(MINUTE_MS)
    assert.equal((await after.services.signingKeys.signer()).algorithm, algorithm)
    assert.equal(await check(after, earlier), 'valid')
    token = await mint(after)
  }
})

test('with HS256 nothing is published or stored, and tokens of older keys go on until they expire', async () => {
  await using store = await stores[0]?.open()
  assert.ok(store)
  const clock = createTestClock()
  await using before = await openPortal({ settings: inOneHouse(store), clock })
  const old = await mint(before)
  const JWT_SECRET_KEY = 'a-secret-that-resource-servers-know'
  const settings = { ...inOneHouse(store), JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY }
  await using after = await openPortal({ settings, clock })
  await using fresh = await openPortal({ settings: { JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY } })

  assert.equal(await check(after, old), 'valid')
  assert.equal(await check(after, await mint(after)), 'valid')
  assert.deepEqual(await after.services.signingKeys.rotate({ origin }), { outcome: 'shared-secret' })
  clock.forward(2 * HOUR_MS)
  assert.deepEqual(await after.services.signingKeys.publicJwks(), { keys: [] })
  assert.deepEqual((await fresh.client.get('/.well-known/jwks.json')).body, { keys: [] })
  assert.equal(await fresh.database.signingKey.count(), 0)
})

test('a token of a key that another process has just made is believed at once', async () => {
  await using store = await stores[0]?.open()
  assert.ok(store)
  const clock = createTestClock()
  await using one = await openPortal({ settings: inOneHouse(store), clock })
  await using other = await openPortal({ settings: inOneHouse(store), clock })
  await one.services.signingKeys.rotate({ origin, immediately: true })
  assert.equal(await check(other, await mint(one)), 'valid')
})

test('made-up key ids cost one query every few seconds, and nonsense costs none', async () => {
  await using portal = await openPortal()
  const clock = createTestClock()
  const { signingKeys: keys } = portal.services.repositories
  let questions = 0
  const rotation = {
    rotate: portal.services.signingKeys.rotate,
    async keepUp() {
      questions++
      return keys.listWithPrivateJwk()
    },
  }
  const dependencies = {
    keys,
    keyReads: keys,
    sql: createBreaker(portal.world.sqlForChecks.ping),
    rotation,
    jwt: createJwt(),
    sharedSecret: null,
    staleIfSqlDown: true,
    clock,
    log: portal.world.log,
  }
  const signingKeys = createSigningKeyService(dependencies)
  const invented = Array.from({ length: 50 }, (_, count) => String(count).padEnd(43, 'x'))
  const ask = (ids: unknown[]) => Promise.all(ids.map((id) => signingKeys.find(id)))

  await ask(['', '../../etc/passwd', "' OR 1=1 --", 'x'.repeat(4_000), ['a'], {}, null, 7, undefined])
  assert.equal(questions, 0)
  await ask(invented)
  await ask(invented)
  assert.equal(questions, 1)
  clock.forward(6 * SECOND_MS)
  await ask(invented)
  assert.equal(questions, 2)
})

test('while SQL does not answer, tokens are made and believed with the keys that are known', async () => {
  await using sql = await openCuttableDatabase()
  await using portal = await openPortal({ settings: sql.settings })
  const token = await mint(portal)

  sql.cutOff.cut()

  await assert.rejects(portal.services.signingKeys.refresh())
  assert.equal(await check(portal, token), 'valid')
  assert.equal(await check(portal, await mint(portal)), 'valid')
  assert.equal(await portal.services.signingKeys.find('unknown'.padEnd(43, 'x')), null)
  assert.equal((await portal.client.get('/.well-known/jwks.json')).body.keys.length, 1)
})
