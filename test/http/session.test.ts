import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTestClock } from '../support/clock.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import type { Visitor } from '../support/visitor.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

type Person = { email: string; password: string }

function signIn(visitor: Visitor, person: Person = ada, more: Record<string, string> = {}) {
  return visitor.submit('/login', { login: person.email, password: person.password, ...more })
}

async function isWelcome(visitor: Visitor) {
  return (await visitor.visit('/account')).status === 200
}

/** The session cookie as it came, with its attributes. */
function toSetCookie(headers: Record<string, unknown>, name = 'session'): string {
  const lines = (headers['set-cookie'] ?? []) as string[]
  return lines.find((line) => line.startsWith(`${name}=`)) ?? ''
}

for (const store of stores) {
  test(`whoever stays away too long is signed out, whoever comes back in time is not (${store.name})`, async () => {
    await using opened = await store.open()
    const clock = createTestClock()
    await using portal = await openPortal({ people: [ada], settings: opened.settings, clock })
    const { visitor } = portal
    await signIn(visitor, ada, { remember: 'on' })

    for (let weeks = 0; weeks < 2; weeks++) {
      clock.forward(7 * DAY_MS - MINUTE_MS)
      await comeBackUntilProlonged(portal, 7 * DAY_MS - MINUTE_MS, clock.now())
    }
    clock.forward(7 * DAY_MS)
    const answer = await visitor.visit('/account')
    assert.equal(answer.headers.location, '/login?return_to=%2Faccount')
    assert.equal(visitor.sessionSecret(), null)
  }) // SES-06

  test(`a session ends at its limit, however often it is used (${store.name})`, async () => {
    await using opened = await store.open()
    const clock = createTestClock()
    const settings = { ...opened.settings, SESSION_REMEMBER: '365d', SESSION_IDLE: '365d' }
    await using portal = await openPortal({ people: [ada], settings, clock })
    const [day, year] = [portal.openVisitor(), portal.openVisitor()]
    await signIn(day)
    await signIn(year, ada, { remember: 'on' })

    clock.forward(DAY_MS - MINUTE_MS)
    assert.equal(await isWelcome(day), true)
    clock.forward(MINUTE_MS)
    assert.equal(await isWelcome(day), false)
    clock.forward(364 * DAY_MS - MINUTE_MS)
    assert.equal(await isWelcome(year), true)
    clock.forward(MINUTE_MS)
    assert.equal(await isWelcome(year), false)
  }) // SES-07

  test(`the secret of a session is kept nowhere (${store.name})`, async () => {
    await using opened = await store.open()
    await using portal = await openPortal({ people: [ada], settings: opened.settings })
    await signIn(portal.visitor)
    await isWelcome(portal.visitor)
    const secret = String(portal.visitor.sessionSecret())

    const kept = [portal.lines.join(''), await readSql(portal), ...(await readRedis(opened.redis))]
    for (const text of kept) assert.equal(text.includes(secret.slice(2)), false)
    assert.ok(kept[1]?.includes('sessions'))
  }) // SES-17

  test(`a page for a visitor leaves nothing behind (${store.name})`, async () => {
    await using opened = await store.open()
    await using portal = await openPortal({ settings: opened.settings })
    for (const path of ['/', '/login', '/register', '/account', '/logout', '/no-such-page', '/auth/me'])
      assert.equal(toSetCookie((await portal.openVisitor().visit(path)).headers), '')
    assert.equal(await portal.database.session.count(), 0)
    assert.deepEqual((await opened.redis?.command('KEYS', '*')) ?? [], [])
  }) // SES-25

  test(`signing out everywhere ends what was begun before, in every process (${store.name})`, async () => {
    await using opened = await store.open()
    await using one = await openPortal({ people: [ada, grace], settings: opened.settings })
    await using other = await openPortal({ settings: opened.settings })
    const secrets = await Promise.all(Array.from({ length: 3 }, () => signInApi(one)))
    const stranger = await signInApi(one, grace)
    for (const secret of secrets) assert.equal((await other.client.get('/auth/me', secret)).status, 200)

    assert.equal((await one.client.post('/auth/logout-all', undefined, secrets[0])).status, 204)

    for (const portal of [one, other]) {
      for (const secret of secrets) {
        const answer = await portal.client.get('/auth/me', secret)
        assert.equal(answer.body.code, 'session_ended')
      }
      assert.equal((await portal.client.get('/auth/me', stranger)).status, 200)
    }
    assert.equal((await other.client.get('/auth/me', await signInApi(one))).status, 200)
  }) // SES-10

  test(`a sign-in in progress when all sessions were ended opens nothing (${store.name})`, async () => {
    await using opened = await store.open()
    await using portal = await openPortal({ people: [ada], settings: opened.settings })
    const { sessions, repositories } = portal.services
    const first = await signInApi(portal)
    const user = await repositories.users.findWithPasswordHash(ada.email)
    assert.ok(user)
    const origin = { ip: '::1', userAgent: '', requestId: 'test' }
    const secret = sessions.makeSecret()
    const begin = sessions.prepare(secret, {
      user,
      method: 'password',
      remember: false,
      browser: 'known',
      origin,
    })

    await portal.client.post('/auth/logout-all', undefined, first)
    await sessions.start(secret, begin)

    assert.equal((await portal.client.get('/auth/me', secret)).body.code, 'session_ended')
  }) // SES-16

  test(`a database that was restored from a backup revives nobody once its epoch is raised (${store.name})`, async () => {
    await using opened = await store.open()
    const clock = createTestClock()
    await using portal = await openPortal({ people: [ada], settings: opened.settings, clock })
    const secret = await signInApi(portal)
    clock.forward(MINUTE_MS)
    const data = { id: 1, sessionEpoch: clock.now() }
    await portal.database.system.upsert({ where: { id: 1 }, create: data, update: data })

    assert.equal((await portal.client.get('/auth/me', secret)).body.code, 'session_ended')
    clock.forward(MINUTE_MS)
    assert.equal((await portal.client.get('/auth/me', await signInApi(portal))).status, 200)
  })
}

test('the session of a deactivated account opens nothing', async () => {
  await using portal = await openPortal({ people: [ada] })
  const secret = await signInApi(portal)
  await portal.database.user.updateMany({ data: { isActive: false } })
  assert.equal((await portal.client.get('/auth/me', secret)).body.code, 'session_ended')
})

test('nobody ever gets an answer that is about somebody else', async () => {
  await using store = await (stores[1] as (typeof stores)[0]).open()
  const people = [ada, grace, { email: 'joan@example.com', password: 'harbour velvet tulip' }]
  await using portal = await openPortal({ people, settings: store.settings })
  const members = await Promise.all(
    people.map(async (person) => ({ ...person, secret: await signInApi(portal, person) })),
  )
  let wrong = 0
  for (let round = 0; round < 40; round++) {
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const { email, secret } = members[index % 3] as (typeof members)[0]
        const answer = await portal.client.get('/auth/me', secret)
        if (answer.body.user?.email !== email) wrong++
      }),
    )
  }
  assert.equal(wrong, 0)
}) // SES-24

async function signInApi(portal: Portal, { email, password }: Person = ada): Promise<string> {
  const answer = await portal.client.post('/auth/login', { login: email, password })
  return answer.body.session.id
}

/** The write follows the answer, and one that is under way stands for the next: whoever comes back is welcome until it is seen. */
async function comeBackUntilProlonged({ database, visitor }: Portal, byMs: number, now: Date) {
  const where = { idleExpiresAt: { gt: new Date(now.getTime() + byMs) } }
  do assert.equal(await isWelcome(visitor), true)
  while ((await database.session.count({ where })) === 0)
}

/** All that the database holds, as bytes where there is a file. */
async function readSql({ config, database }: Portal): Promise<string> {
  if (!config.databaseUrl.startsWith('file:')) {
    const tables = ['sessions', 'users', 'audit_events', 'outgoing_mails', 'one_time_links']
    const rows = tables.map((table) =>
      database.$queryRawUnsafe(`SELECT '${table}' AS t, x::text FROM ${table} x`),
    )
    return JSON.stringify(await Promise.all(rows))
  }
  const folder = dirname(fileURLToPath(config.databaseUrl))
  const names = (await readdir(folder)).filter((name) => name.startsWith('gatehouse.db'))
  const files = names.map((name) => readFile(`${folder}/${name}`, 'latin1'))
  return (await Promise.all(files)).join('')
}

async function readRedis(redis: { command(...words: string[]): Promise<unknown> } | null): Promise<string[]> {
  const keys = ((await redis?.command('KEYS', '*')) ?? []) as string[]
  const values = await Promise.all(keys.map((key) => redis?.command('GET', key).catch(() => '')))
  return [...keys, ...values.map(String)]
}
