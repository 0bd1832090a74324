import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { hashSecret } from '../../src/domain/secret.ts'
import { createTestClock } from '../support/clock.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import type { RedisServer } from '../support/redis.ts'
import { stores } from '../support/stores.ts'
import { findsRedis, signOut, visit } from '../support/workers.ts'

const MINUTE_MS = 60_000
const EVERY_NTH_BYTE = 29
// So that what is not believed is not merely too old.
const LONG_LEASE = { SESSION_LEASE: '60s' }

/** Somebody else who can write to the portal's Redis, and has the secret of a session of their own. */
async function openPortalWithStranger({ settings = {} }: { settings?: Record<string, string> } = {}) {
  const store = await stores.find(({ name }) => name === 'SQLite and Redis')?.open()
  if (!store?.redis) throw new Error('there is no Redis')
  const { redis } = store
  const clock = createTestClock()
  const open = async (more: Record<string, string>) => {
    const portal = await openPortal({ settings: { ...store.settings, ...LONG_LEASE, ...more }, clock })
    await findsRedis(portal)
    clock.forward(2 * MINUTE_MS)
    return portal
  }
  const portal = await open(settings)
  for (const person of [ada, grace]) await portal.addPerson(person)
  return {
    portal,
    /** Another process, that has believed the copies in this Redis for a while. */
    openAnother: open,
    redis,
    readCopy: async (secret: string) => String(await redis.command('GET', copyKey(secret))),
    write: (secret: string, text: string) =>
      redis.command('SET', copyKey(secret), text, 'PX', String(MINUTE_MS)),
    async [Symbol.asyncDispose]() {
      await portal[Symbol.asyncDispose]()
      await store.close()
    },
  }
}

function copyKey(secret: string) {
  const hash = hashSecret(secret)
  return `gh:{${hash.slice(0, 2)}}:s:${hash}`
}

/** Signed in, copied to Redis, and believed from there. */
async function signInAndVisit(portal: Portal, person = ada): Promise<string> {
  const answer = await portal.client.post('/auth/login', { login: person.email, password: person.password })
  const secret = answer.body.session.id
  assert.equal(await visit(portal, secret), 'welcome')
  return secret
}

async function isCopied(redis: RedisServer, secret: string) {
  return String(await redis.command('GET', copyKey(secret))).startsWith('{')
}

/** Who the portal takes the owner of this secret for. */
async function whoIs({ client }: Portal, secret: string): Promise<string> {
  const { status, body } = await client.get('/auth/me', secret)
  return status === 200 ? `${body.user.email}, ${body.user.role}` : `${status} ${body.code}`
}

test('a session that somebody wrote into Redis opens nothing', async () => {
  await using house = await openPortalWithStranger()
  const { portal, redis } = house
  const secret = await signInAndVisit(portal)
  const invented = `s_${'x'.repeat(64)}`
  const admin = (await house.readCopy(secret)).replace('"role":"user"', '"role":"admin"')
  assert.match(admin, /"role":"admin"/)
  const unsealed = admin.replace(/,"mac":"[^"]*"/, '')

  for (const forged of [admin, unsealed]) {
    await house.write(invented, forged)
    assert.equal(await whoIs(portal, invented), '401 token_invalid')
    await house.write(secret, forged)
    assert.equal(await whoIs(portal, secret), 'ada@example.com, user')
    assert.equal((await portal.client.get('/users', secret)).status, 403)
  }
  assert.equal(await isCopied(redis, secret), true)
})

test('a copy that was moved to another session is not believed there', async () => {
  await using house = await openPortalWithStranger()
  const { portal } = house
  const [adas, graces] = [await signInAndVisit(portal), await signInAndVisit(portal, grace)]

  await house.write(graces, await house.readCopy(adas))

  assert.equal(await whoIs(portal, graces), 'grace@example.com, user')
})

test('an old copy that is put back over the end of its session opens it for no longer than its lease', {
  timeout: 30_000,
}, async () => {
  await using house = await openPortalWithStranger({ settings: { SESSION_LEASE: '2s' } })
  const { portal } = house
  const secret = await signInAndVisit(portal)
  const copy = await house.readCopy(secret)
  assert.equal((await signOut(portal, secret)).status, 204)

  await house.write(secret, copy)
  while ((await whoIs(portal, secret)) !== '401 session_ended') await pause(50)

  await house.write(secret, copy)
  assert.equal(await whoIs(portal, secret), '401 session_ended')
})

test('a damaged copy, wherever the damage, is read again from the database, and the log says so once', async () => {
  await using house = await openPortalWithStranger()
  const { portal, redis } = house
  const secret = await signInAndVisit(portal)
  const whole = await house.readCopy(secret)
  const places = Array.from(
    { length: Math.ceil(whole.length / EVERY_NTH_BYTE) },
    (_, n) => n * EVERY_NTH_BYTE,
  )
  const changed = places.map(
    (at) => whole.slice(0, at) + (whole[at] === '~' ? '!' : '~') + whole.slice(at + 1),
  )
  const cut = places.map((at) => whole.slice(0, at + 1))

  for (const text of [...changed, ...cut, '{}', 'null', '[]', '{"until":1e15}', `${whole} `, '\u0000', '7']) {
    await house.write(secret, text)
    assert.equal(await whoIs(portal, secret), 'ada@example.com, user', text)
  }
  for (const command of [
    ['RPUSH', 'text'],
    ['SADD', 'text'],
    ['HSET', 'field', 'text'],
  ]) {
    const [name = '', ...values] = command
    await redis.command('DEL', copyKey(secret))
    await redis.command(name, copyKey(secret), ...values)
    assert.equal(await whoIs(portal, secret), 'ada@example.com, user', name)
    assert.equal(await isCopied(redis, secret), true, name)
  }
  assert.equal(portal.world.redis?.isUp(), true)
  assert.equal(portal.lines.filter((line) => line.includes('is not ours')).length, 1)
})

test('a damaged generation is started again', async () => {
  await using house = await openPortalWithStranger()
  const { portal, redis } = house
  const secret = await signInAndVisit(portal)
  const generation = copyKey(secret).replace(/:s:.*/, ':gen')

  await redis.command('DEL', generation, copyKey(secret))
  await redis.command('RPUSH', generation, 'text')

  assert.equal(await visit(portal, secret), 'welcome')
  assert.equal(await isCopied(redis, secret), true)
  assert.equal(await redis.command('TYPE', generation), 'string')
})

test('a forged end signs out, and nothing else', async () => {
  await using house = await openPortalWithStranger()
  const { portal } = house
  const [one, other] = [await signInAndVisit(portal), await signInAndVisit(portal)]

  await house.write(one, 'T')

  assert.equal(await visit(portal, one), '401 session_ended')
  assert.equal(await visit(portal, other), 'welcome')
})

test('while SECRET_KEY is changed, copies of both keys and of neither sign nobody out', async () => {
  const [older, newer] = ['older'.padEnd(40, '-'), 'newer'.padEnd(40, '-')]
  await using house = await openPortalWithStranger({ settings: { SECRET_KEY: older } })
  const before = house.portal
  await using changing = await house.openAnother({ SECRET_KEY: `${newer},${older}` })
  const secret = await signInAndVisit(before)
  const sealedBefore = await house.readCopy(secret)

  assert.equal(await visit(changing, secret), 'welcome')
  assert.equal(await house.readCopy(secret), sealedBefore)

  await house.redis.command('DEL', copyKey(secret))
  assert.equal(await visit(changing, secret), 'welcome')
  assert.equal(await visit(before, secret), 'welcome')
  assert.equal(await visit(changing, secret), 'welcome')
})

test('beside a process of an older version, whose copies have no seal, everybody stays signed in', async () => {
  await using house = await openPortalWithStranger()
  const { portal } = house
  const secret = await signInAndVisit(portal)
  const sealed = await house.readCopy(secret)
  const { mac: _, ...unsealed } = JSON.parse(sealed)
  assert.deepEqual(Object.keys(unsealed), ['ver', 'until', 'era', 'value'])

  await house.write(secret, JSON.stringify(unsealed))
  assert.equal(await visit(portal, secret), 'welcome')

  assert.match(await house.readCopy(secret), /,"mac":"[\w-]{43}"}$/)
})

test('a copy has these fields: when they change, the number in the seal’s purpose must change too', async () => {
  await using house = await openPortalWithStranger()
  const secret = await signInAndVisit(house.portal)
  const { user, session } = JSON.parse(await house.readCopy(secret)).value
  assert.equal(
    [...Object.keys(user), ...Object.keys(session)].join(' '),
    'id email emailVerifiedAt username displayName role isActive createdAt updatedAt id method remember ip userAgent createdAt authenticatedAt lastSeenAt idleExpiresAt expiresAt',
  )
})
