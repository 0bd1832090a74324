import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHour } from '../../src/domain/sign-in-hour/sign-in-hour.ts'
import { DAY_MS, HOUR_MS, later, MINUTE_MS, SECOND_MS } from '../../src/domain/time.ts'
import { createStillClock, createTestClock } from '../support/clock.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'
import { openOwnWorkshop } from '../support/token-workshop.ts'
import { openWorkers } from '../support/workers.ts'

const boss = { ...grace, role: 'admin' } satisfies Person
const STATUS = '/api/v1/admin/status'

for (const { name, open } of stores.filter(({ name }) => name !== 'SQLite and Redis')) {
  test(`sign-ins stay in the hour and the day they happened in, counted ahead or not: ${name}`, async () => {
    await using store = await open()
    const clock = createClockAt(30)
    const noon = clock.now()
    await using portal = await openPortal({ people: [ada, boss], clock, settings: store.settings })
    const { client, services } = portal
    const signIn = (password: string, login = ada.email) => client.post('/auth/login', { login, password })
    await signIn(ada.password)
    await signIn('a wrong password')
    await signIn('a wrong password', 'nobody')
    clock.forward(2 * HOUR_MS)
    await services.signInHours.settle(clock.now(), 500)
    assert.equal(await portal.database.signInHour.count(), 2)
    await signIn(ada.password)
    clock.forward(25 * HOUR_MS)
    await signIn('a wrong password')

    const secret = await signInAs(portal, boss)
    const { body } = await client.get(STATUS, secret)

    assert.deepEqual([body.users.total, body.sessions.active], [2, 1])
    const { by_hour: hours, by_day: days, succeeded_24h, failed_24h } = body.sign_ins
    assert.deepEqual([hours.length, days.length, succeeded_24h, failed_24h], [24, 30, 1, 1])
    assert.deepEqual(hours.at(-1), {
      from: toHour(later(noon, 27 * HOUR_MS)).toISOString(),
      succeeded: 1,
      failed: 1,
    })
    assert.deepEqual(
      days.slice(-2).map(({ succeeded, failed }: Counts) => [succeeded, failed]),
      [
        [2, 2],
        [1, 1],
      ],
    )
    assert.equal(sum(days.slice(0, -2)), 0)
  })
}

test('an hour is counted once it is over and late entries have come in, and never twice', async () => {
  const clock = createClockAt(58)
  const began = toHour(clock.now())
  await using portal = await openPortal({ people: [boss], clock })
  const { services, database } = portal
  await signInAs(portal, boss)
  const settle = () => services.signInHours.settle(clock.now(), 500)

  clock.forward(6 * MINUTE_MS)
  await settle()
  assert.equal(await database.signInHour.count(), 0)
  clock.forward(2 * MINUTE_MS)
  await Promise.all([settle(), settle()])
  await settle()

  const [hour] = await database.signInHour.findMany()
  assert.deepEqual(hour, { hour: began, succeeded: 1, refused: 0 })
  assert.equal((await services.signInHours.list(clock.now())).at(-2)?.succeeded, 1)
  clock.forward(40 * DAY_MS)
  assert.equal(sum((await services.signInHours.list(clock.now())).map(toCounts)), 0)
})

test('an hour that was counted by a clock far ahead hides nothing of what happens now', async () => {
  const clock = createClockAt(30)
  await using portal = await openPortal({ people: [boss], clock })
  const { signInHours } = portal.services
  await portal.database.signInHour.create({
    data: { hour: new Date('2099-01-01T00:00:00Z'), succeeded: 0, refused: 0 },
  })
  await signInAs(portal, boss)

  assert.equal((await signInHours.list(clock.now())).at(-1)?.succeeded, 1)
  clock.forward(2 * HOUR_MS)
  await signInHours.settle(clock.now(), 500)
  assert.equal(await portal.database.signInHour.count(), 3)
})

test('the status says that a token signed now can be verified with what is published, and when it cannot', async () => {
  await using portal = await openPortal({ people: [boss] })
  const secret = await signInAs(portal, boss)
  const read = async () => (await portal.client.get(STATUS, secret)).body.tokens
  const { validation, keys, access_token_seconds, refreshing_seconds } = await read()
  assert.deepEqual([validation, access_token_seconds, refreshing_seconds], ['ok', 600, null])
  assert.deepEqual([keys.length, keys[0].state], [1, 'active'])

  await using shared = await openPortal({
    people: [boss],
    settings: { JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: 'a-secret-that-only-tests-and-nobody-else-shares' },
  })

  assert.equal((await shared.client.get(STATUS, await signInAs(shared, boss))).body.tokens.validation, 'ok')
  const { accessTokens } = await openOwnWorkshop(createTestClock(), { published: [] })
  assert.equal(await accessTokens.isTrustedElsewhere(), false)
})

test('while a store is away the status says so of each figure, and still comes', async () => {
  await using workers = await openWorkers()
  const { one, clock } = workers
  await one.addPerson(boss)
  const secret = await signInAs(one, boss)
  const visitor = one.openVisitor({ authorization: `Bearer ${secret}` })
  assert.equal((await one.client.get(STATUS, secret)).body.stores.redis, 'ok')

  one.sqlLine.refuse()
  clock.forward(MINUTE_MS)
  const { status, body } = await one.client.get(STATUS, secret)

  assert.equal(status, 200)
  assert.deepEqual(body.stores, { sql: 'down', redis: 'ok' })
  const { users, sessions, sign_ins, email, tokens } = body
  assert.deepEqual(
    { users, sessions, sign_ins, email },
    { users: null, sessions: null, sign_ins: null, email: null },
  )
  assert.equal(tokens.keys, null)
  assert.equal(body.features.length > 10, true)
  const page = await visitor.visit('/admin', { cookie: await cookieOf(one) })
  assert.equal(page.status, 200)
  assert.match(page.text, /Not known: the database doesn’t answer/)

  one.sqlLine.pass()
  clock.forward(10 * MINUTE_MS)
  while ((await one.client.get('/health')).body.checks.sql !== 'ok') clock.forward(SECOND_MS)
  assert.deepEqual((await one.client.get(STATUS, secret)).body.users, { total: 2 })
})

test('a proxy that is not believed, and one address for everybody, are called by their names', async () => {
  await using portal = await openPortal({ people: [boss] })
  const secret = await signInAs(portal, boss)
  const ask = (headers: Record<string, string> = {}) =>
    portal.client.send(portal.client.portal.get(STATUS), { authorization: `Bearer ${secret}`, ...headers })
  assert.deepEqual((await ask()).body.client_address, {
    peer: '127.0.0.1',
    forwarded: [],
    trusted_hops: 0,
    result: '127.0.0.1',
    warnings: [],
  })
  for (let count = 0; count < 12; count++)
    await portal.services.repositories.audit.record({
      at: new Date(),
      action: 'session.started',
      actorId: null,
      subjectId: `person-${count}`,
      origin: { ip: '10.0.0.5', userAgent: '', requestId: '' },
    })
  const forged = '<script>, 203.0.113.7'
  const { peer, forwarded, result, warnings } = (await ask({ 'x-forwarded-for': forged })).body.client_address

  assert.deepEqual([peer, forwarded, result], ['127.0.0.1', ['<script>', '203.0.113.7'], '127.0.0.1'])
  assert.equal(warnings.length, 1)
  assert.match(warnings[0], /a proxy at 127\.0\.0\.1, which isn’t believed.*set TRUST_PROXY/)
})

test('the dashboard shows a believed proxy what it sees, and warns of one address for everybody', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [boss], clock, settings: behindProxy })
  for (let count = 0; count < 12; count++)
    await portal.services.repositories.audit.record({
      at: clock.now(),
      action: 'session.started',
      actorId: null,
      subjectId: `person-${count}`,
      origin: { ip: '10.0.0.5', userAgent: '', requestId: '' },
    })
  const visitor = portal.openVisitor({ 'x-forwarded-for': nextAddress() })
  await visitor.submit('/login', { login: boss.email, password: boss.password })

  const { text } = await visitor.visit('/admin')

  assert.match(text, /12 of the 13 people who signed in within a day came from 10\.0\.0\.5/)
  assert.match(text, /Proxies believed<\/dt><dd>1<\/dd>/)
  for (const drawn of [
    /<svg viewBox="0 0 720 180" role="img"/,
    /<th scope="row">/,
    /<details>/,
    /<desc id="hours-text">/,
  ])
    assert.match(text, drawn)
  assert.doesNotMatch(text, /NaN|undefined|null/)
})

test('the first forwarded request to a portal that trusts no proxy is told to its operator, and only that one', async () => {
  await using portal = await openPortal()
  const ask = (headers: Record<string, string>) =>
    portal.client.send(portal.client.portal.get('/health'), headers)
  const told = () => portal.lines.filter((line) => line.includes('TRUST_PROXY'))
  await ask({})
  assert.equal(told().length, 0)

  await ask({ 'x-forwarded-for': '203.0.113.7' })
  await ask({ forwarded: 'for=203.0.113.7' })

  assert.equal(told().length, 1)
  assert.equal(JSON.parse(told()[0] ?? '{}').level, 'warn')
})

/** So many minutes past an hour. */
function createClockAt(minute: number) {
  const clock = createStillClock()
  clock.forward(toHour(clock.now()).getTime() + HOUR_MS + minute * MINUTE_MS - clock.now().getTime())
  return clock
}

type Counts = { succeeded: number; failed: number }

const toCounts = ({ succeeded, refused }: { succeeded: number; refused: number }): Counts => ({
  succeeded,
  failed: refused,
})

function sum(counts: Counts[]): number {
  return counts.reduce((total, { succeeded, failed }) => total + succeeded + failed, 0)
}

async function signInAs(
  { client }: Pick<Portal, 'client'>,
  { email, password }: typeof boss,
): Promise<string> {
  return (await client.post('/auth/login', { login: email, password })).body.session.id
}

async function cookieOf(portal: Portal): Promise<string> {
  const visitor = portal.openVisitor()
  await visitor.submit('/login', { login: boss.email, password: boss.password })
  return [...visitor.jar].map(([name, { value }]) => `${name}=${value}`).join('; ')
}
