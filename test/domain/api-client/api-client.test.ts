import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashSecret } from '../../../src/domain/secret.ts'
import { DAY_MS, later, SECOND_MS } from '../../../src/domain/time.ts'
import { createTestClock } from '../../support/clock.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

const origin = { ip: 'command line', userAgent: 'gatehouse test', requestId: 'request-1' }
const billing = { name: 'Billing', scopes: ['users:read' as const], isPublic: false, origin }

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`a client proves itself with the secret that was shown once, and with nothing else: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { clients } = portal.services

    const { client, secret } = await clients.create(billing)
    const other = await clients.create({ ...billing, name: 'Other' })

    assert.match(client.id, /^cli_[\w-]{22}$/)
    assert.match(secret ?? '', /^gcs_[\w-]{64}$/)
    assert.deepEqual(await clients.authenticate({ id: client.id, secret }), client)
    assert.equal(await clients.authenticate({ id: client.id, secret: other.secret }), null)
    assert.equal(await clients.authenticate({ id: client.id, secret: null }), null)
    assert.equal(await clients.authenticate({ id: client.id, secret: '' }), null)
    assert.equal(await clients.authenticate({ id: 'cli_aaaaaaaaaaaaaaaaaaaaaa', secret }), null)
    assert.equal(await clients.authenticate({ id: 'cli_\0', secret }), null)
    assert.equal(await clients.find('\0\ud800'), null)
  })

  test(`a public client names itself, and is refused when it brings a secret: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { clients } = portal.services

    const { client, secret } = await clients.create({ ...billing, isPublic: true })

    assert.equal(secret, null)
    assert.deepEqual(await clients.authenticate({ id: client.id, secret: null }), client)
    assert.equal(await clients.authenticate({ id: client.id, secret: 'gcs_anything' }), null)
    assert.equal(await clients.authenticate({ id: client.id, secret: '' }), null)
    assert.deepEqual(await clients.rotateSecret(client.id, origin), { outcome: 'public', client })
    assert.deepEqual(await clients.authenticate({ id: client.id, secret: null }), client)
  })

  test(`after a rotation only the new secret opens: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { clients } = portal.services
    const { client, secret } = await clients.create(billing)
    const other = await clients.create({ ...billing, name: 'Other' })

    const rotation = await clients.rotateSecret(client.id, origin)

    assert.ok(rotation.outcome === 'rotated')
    assert.match(rotation.secret, /^gcs_[\w-]{64}$/)
    assert.equal(await clients.authenticate({ id: client.id, secret }), null)
    assert.deepEqual(await clients.authenticate({ id: client.id, secret: rotation.secret }), rotation.client)
    assert.ok(await clients.authenticate({ id: other.client.id, secret: other.secret }))
    assert.deepEqual(await clients.rotateSecret('cli_aaaaaaaaaaaaaaaaaaaaaa', origin), {
      outcome: 'not-found',
    })
  })

  test(`disabling a client is for good and ends the tokens that it holds, and no others: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { clients } = portal.services
    const { client, secret } = await clients.create(billing)
    const other = await clients.create({ ...billing, name: 'Other' })
    const family = await familiesOf(portal)
    await family({ id: 'live', clientId: client.id })
    await family({ id: 'ended before', clientId: client.id, revokedAt: new Date(0), revokeReason: 'reuse' })
    await family({ id: 'expired', clientId: client.id, expiresAt: new Date(0) })
    await family({ id: 'of another', clientId: other.client.id })

    const disabling = await clients.disable(client.id, origin)

    assert.ok(disabling.outcome === 'disabled')
    assert.equal(disabling.endedFamilies, 1)
    assert.equal(await clients.authenticate({ id: client.id, secret }), null)
    assert.ok(await clients.authenticate({ id: other.client.id, secret: other.secret }))
    assert.ok((await clients.find(client.id))?.disabledAt)
    assert.deepEqual(await reasons(portal), {
      live: 'client-disabled',
      'ended before': 'reuse',
      expired: null,
      'of another': null,
    })
    assert.equal((await clients.disable(client.id, origin)).outcome, 'disabled-before')
    assert.equal((await clients.rotateSecret(client.id, origin)).outcome, 'disabled')
    assert.equal(await clients.authenticate({ id: client.id, secret }), null)
    assert.equal((await clients.disable('cli_aaaaaaaaaaaaaaaaaaaaaa', origin)).outcome, 'not-found')
  })

  test(`a disabled public client is not let in any more: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { clients } = portal.services
    const { client } = await clients.create({ ...billing, isPublic: true })

    await clients.disable(client.id, origin)

    assert.equal(await clients.authenticate({ id: client.id, secret: null }), null)
  })

  test(`every change is on record with where it came from, and no secret is kept anywhere: ${name}`, async () => {
    await using store = await open()
    const clock = createTestClock()
    await using portal = await openPortal({ settings: store.settings, clock })
    const { clients } = portal.services

    const { client, secret } = await clients.create(billing)
    const keptAtFirst = await portal.database.apiClient.findMany()
    clock.forward(SECOND_MS)
    const rotation = await clients.rotateSecret(client.id, origin)
    await clients.rotateSecret('cli_aaaaaaaaaaaaaaaaaaaaaa', origin)
    clock.forward(SECOND_MS)
    await Promise.all([clients.disable(client.id, origin), clients.disable(client.id, origin)])
    await clients.rotateSecret(client.id, origin)

    const events = await portal.database.auditEvent.findMany({ orderBy: { at: 'asc' } })
    assert.deepEqual(
      events.map(({ action, ip, userAgent, details }) => [action, ip, userAgent, JSON.parse(details)]),
      [
        ['client.created', { name: 'Billing', scope: 'users:read', public: false }],
        ['client.secret_rotated', {}],
        ['client.disabled', { families: 0 }],
      ].map(([action, details]) => [
        action,
        origin.ip,
        origin.userAgent,
        { client: client.id, ...(details as object) },
      ]),
    )
    assert.ok(rotation.outcome === 'rotated')
    const kept = JSON.stringify([
      keptAtFirst,
      await portal.database.apiClient.findMany(),
      events,
      portal.lines,
    ])
    assert.ok(kept.includes(hashSecret(rotation.secret)))
    for (const shown of [secret ?? '', rotation.secret]) assert.ok(!kept.includes(shown))
  })

  test(`registered clients are listed, the oldest first, without anything secret: ${name}`, async () => {
    await using store = await open()
    const clock = createTestClock()
    await using portal = await openPortal({ settings: store.settings, clock })
    const { clients } = portal.services
    assert.deepEqual(await clients.list(), [])

    const first = await clients.create(billing)
    clock.forward(SECOND_MS)
    const second = await clients.create({ name: 'App', scopes: [], isPublic: true, origin })

    assert.deepEqual(await clients.list(), [first.client, second.client])
    assert.doesNotMatch(JSON.stringify(await clients.list()), /secretHash|gcs_/)
  })
}

test("nobody's user id can be taken for a client, nor the other way round", async () => {
  await using portal = await openPortal({ people: [ada] })
  const { clients, repositories } = portal.services
  const user = await repositories.users.findByEmail(ada.email)

  assert.match(user?.id ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal(await clients.find(user?.id ?? ''), null)
  for (let round = 0; round < 20; round++) {
    const { client } = await clients.create({ ...billing, isPublic: true })
    assert.match(client.id, /^cli_/)
  }
}) // TOK-24

/** Tokens that somebody's session gave out. */
async function familiesOf({ addPerson, database }: Portal) {
  const userId = await addPerson(ada)
  const now = new Date()
  const soon = later(now, DAY_MS)
  const times = {
    createdAt: now,
    authenticatedAt: now,
    lastSeenAt: now,
    idleExpiresAt: soon,
    expiresAt: soon,
  }
  const origins = { method: 'password', remember: false, ip: '192.0.2.1', userAgent: '' }
  const id = 'ses_1'
  await database.session.create({ data: { id, secretHash: 'x', userId, userEpoch: 0, ...origins, ...times } })
  const usual = { userId, sessionId: id, scope: '', createdAt: now, lastUsedAt: now, expiresAt: soon }
  return (family: {
    id: string
    clientId: string
    expiresAt?: Date
    revokedAt?: Date
    revokeReason?: string
  }) => database.tokenFamily.create({ data: { ...usual, ...family } })
}

async function reasons({ database }: Portal) {
  const families = await database.tokenFamily.findMany()
  return Object.fromEntries(families.map(({ id, revokeReason }) => [id, revokeReason]))
}
