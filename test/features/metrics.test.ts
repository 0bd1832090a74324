import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AggregatorRegistry } from 'prom-client'
import { findFreePort } from '../support/free-port.ts'
import { METRICS_TOKEN, readSeries, scrape } from '../support/metrics.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { openWorkers, visit } from '../support/workers.ts'

const REQUESTS = 'gatehouse_http_request_duration_seconds_count'

test('metrics are for whoever holds METRICS_TOKEN; without the setting there are none', async () => {
  await using closed = await openPortal()
  await using portal = await openPortal({ people: [ada], settings: { METRICS_TOKEN } })
  const { body } = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })

  assert.equal((await closed.client.get('/metrics', METRICS_TOKEN)).status, 404)
  for (const wrong of [undefined, 'x', `${METRICS_TOKEN}x`, METRICS_TOKEN.slice(1), body.session.id]) {
    const refused = await portal.client.get('/metrics', wrong)
    assert.deepEqual([refused.status, refused.body.code], [401, 'authentication_required'])
    assert.equal(refused.headers['www-authenticate'], 'Bearer')
    assert.doesNotMatch(refused.text, /gatehouse_/)
  }
  const answer = await portal.client.get('/metrics', METRICS_TOKEN)
  assert.equal(answer.status, 200)
  assert.match(answer.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/)
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.ok(portal.lines.length > 0 && !portal.lines.join('').includes(METRICS_TOKEN))
})

test('metrics can have a port of their own, which answers nothing else', async () => {
  const port = await findFreePort()
  await using portal = await openPortal({ settings: { METRICS_PORT: String(port) } })
  const own = `http://127.0.0.1:${port}`

  assert.match(await (await fetch(`${own}/metrics`)).text(), /^gatehouse_active_sessions 0$/m)
  for (const path of ['/', '/login', '/health', '/auth/me']) {
    const answer = await fetch(own + path)
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [404, 'not_found'])
  }
  assert.equal((await portal.client.get('/metrics')).status, 404)
})

test('metrics count what people do', async () => {
  await using portal = await openPortal({ people: [ada], settings: { METRICS_TOKEN } })
  const { client } = portal
  await client.post('/auth/login', { login: ada.email, password: 'a wrong password' })
  await client.post('/auth/login', { login: 'nobody', password: 'a wrong password' })
  const { body } = await client.post('/auth/login', { login: ada.email, password: ada.password })
  await client.get('/auth/me', body.session.id)

  const series = await scrape(portal)

  assert.equal(series.get('gatehouse_sign_ins_total{method="password",result="succeeded"}'), 1)
  assert.equal(series.get('gatehouse_sign_ins_total{method="password",result="refused"}'), 2)
  assert.equal(series.get('gatehouse_sign_ins_total{method="google",result="succeeded"}'), 0)
  assert.equal(series.get('gatehouse_session_checks_total{source="sql"}'), 1)
  assert.equal(series.get('gatehouse_active_sessions'), 1)
  assert.equal(series.get('gatehouse_hashing_waiting'), 0)
  assert.equal(series.get('gatehouse_sql_up'), 1)
  assert.ok(!series.has('gatehouse_redis_up'))
  assert.equal(series.get(`${REQUESTS}{method="POST",route="/auth/login",status="4xx"}`), 2)
  assert.equal(series.get(`${REQUESTS}{method="GET",route="/auth/me",status="2xx"}`), 1)
  assert.ok((series.get('process_resident_memory_bytes') ?? 0) > 0)
  assert.ok(series.has('nodejs_eventloop_lag_p99_seconds'))
})

test('however many addresses are tried, metrics name only those that the portal has', async () => {
  await using portal = await openPortal({ people: [ada], settings: { METRICS_TOKEN } })
  const { client } = portal
  const tryAddresses = async (word: string) => {
    for (const path of [`/${word}`, `/users/${word}`, `/api/v1/users/${word}`, `/auth/me?${word}`])
      await client.get(path)
    await client.send(client.portal.propfind(`/${word}`))
  }
  await tryAddresses('first')
  const before = [...(await scrape(portal)).keys()].filter((name) => name.startsWith(REQUESTS))

  for (const word of ['second', 'third', 'fourth']) await tryAddresses(word)

  const after = [...(await scrape(portal)).keys()].filter((name) => name.startsWith(REQUESTS))
  const own = `${REQUESTS}{method="GET",route="/metrics",status="2xx"}`
  assert.deepEqual(
    after.filter((name) => name !== own),
    before,
  )
  assert.ok(before.includes(`${REQUESTS}{method="GET",route="/users/:id",status="4xx"}`))
  assert.ok(before.includes(`${REQUESTS}{method="other",route="other",status="4xx"}`))
})

test('metrics tell where session checks found their answer, and keep coming while a store is away', async () => {
  await using workers = await openWorkers({ settings: { METRICS_TOKEN } })
  const { one, clock } = workers
  const secret = await workers.signInAndVisit()
  await visit(one, secret)
  const count = async (name: string) => (await scrape(one)).get(name)
  const checks = (source: string) => `gatehouse_session_checks_total{source="${source}"}`
  assert.deepEqual([await count(checks('sql')), await count(checks('copy'))], [1, 1])
  assert.equal(await count('gatehouse_redis_up'), 1)

  one.redisLine.refuse()
  while (one.world.redis?.isUp()) await new Promise(setImmediate)
  await visit(one, secret)
  assert.equal(await count('gatehouse_session_check_fallbacks_total'), 1)
  assert.equal(await count(checks('sql')), 2)
  assert.equal(await count('gatehouse_redis_up'), 0)

  one.sqlLine.refuse()
  await visit(one, secret)
  clock.forward(60_000)
  const alone = await scrape(one)
  assert.equal(alone.get(checks('none')), 1)
  assert.equal(alone.get('gatehouse_sql_up'), 0)
  assert.ok(!alone.has('gatehouse_active_sessions') && !alone.has('gatehouse_emails_waiting'))

  one.redisLine.pass()
  while (!one.world.redis?.isUp()) await new Promise(setImmediate)
  await visit(one, secret)
  assert.equal(await count(checks('stale_copy')), 1)
})

test('the metrics of several processes add up, but for what all of them read from one database', async () => {
  await using workers = await openWorkers({ settings: { METRICS_TOKEN } })
  const { one, other } = workers
  for (const worker of [one, other, other]) await workers.signIn(worker)

  const lists = await Promise.all([one, other].map(async ({ services }) => services.metrics?.read() ?? []))
  const series = readSeries(await AggregatorRegistry.aggregate(lists).metrics())

  assert.equal(series.get('gatehouse_sign_ins_total{method="password",result="succeeded"}'), 3)
  assert.equal(series.get('gatehouse_active_sessions'), 3)
  assert.equal(series.get('gatehouse_redis_up'), 1)
})
