import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { guess, signIn } from '../support/sign-in.ts'
import { type OpenStore, type Store, stores } from '../support/stores.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'

const redisBesideSqlite = stores[1] as Store

test('after five wrong guesses an account is closed for a while, to everybody who guesses', async () => {
  // LOG-03
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  for (let round = 0; round < 5; round++) assert.equal((await guess(portal, 'ada')).status, 401)
  const called = await guess(portal, 'ada', ada.password)
  const page = await signIn(openStranger(portal), ' ADA ')

  assert.equal(called.status, 429)
  assert.equal(called.body.code, 'too_many_attempts')
  assert.match(called.body.detail, /you can reset it\. Please wait 5 minutes and try again\.$/)
  assert.doesNotMatch(page.text, /you can reset it/)
  assert.ok(Number(called.headers['retry-after']) > 200)
  assert.equal(page.status, 429)
  assert.match(page.text, /Please wait 5 minutes and try again/)
  assert.equal((await guess(portal, grace.email)).status, 401)
})

test('an unknown name is closed after as many guesses as a known one', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  for (const login of ['ada', 'nobody', 'nobody@example.com']) {
    const statuses = []
    for (let round = 0; round < 6; round++) statuses.push((await guess(portal, login)).status)
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429])
  }
})

for (const { name, open } of stores) {
  test(`of 200 guesses made at once from everywhere only five are tried: ${name}`, async () => {
    // LOG-04, K10
    await using store = await open()
    await using portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...store.settings } })
    const hashes = countHashes(portal)

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => guess(portal, 'ada', `guess ${index}`)),
    )

    const tried = answers.filter(({ status }) => status === 401).length
    assert.ok(tried >= 5 && tried <= 5 + (await countAfterSilence(portal, store)), `${tried}`)
    assert.ok(answers.every(({ status }) => status === 401 || status === 429))
    assert.deepEqual(hashes.take(), { hashed: 0, verified: tried })
    assert.equal(
      await portal.database.auditEvent.count({ where: { action: 'session.start_refused' } }),
      tried,
    )
  })
}

/** A guess that Redis did not answer in time, as on a busy machine, is counted in SQL: up to five of them are tried as well. */
async function countAfterSilence({ database }: Portal, { redis }: OpenStore): Promise<number> {
  if (!redis) return 0
  const counter = await database.attemptCount.findFirst({ where: { key: { startsWith: 'sign-in-name:' } } })
  return Math.min(counter?.points ?? 0, 5)
}

test('signing in to my own account does not give me more guesses at another', async () => {
  // LOG-05
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const attacker = nextAddress()
  const from = () => portal.openVisitor({ 'x-forwarded-for': attacker })

  const statuses = []
  for (let round = 0; round < 6; round++) {
    statuses.push((await from().post('/auth/login', { login: 'ada', password: `guess ${round}` })).status)
    statuses.push((await from().post('/auth/login', { login: 'grace', password: grace.password })).status)
  }

  assert.deepEqual(statuses, [401, 200, 401, 200, 401, 200, 401, 200, 401, 200, 429, 429])
})

test('nobody can choose the address they are counted under', async () => {
  // LOG-06
  await using portal = await openPortal({ settings: { TRUST_PROXY: '1' } })
  const proxied = (claimed: string) =>
    portal.client.send(
      portal.client.portal.post('/auth/login').type('json').send({ login: nextAddress(), password: 'x' }),
      {
        'x-forwarded-for': claimed,
        'x-real-ip': nextAddress(),
        forwarded: `for=${nextAddress()}`,
        'true-client-ip': nextAddress(),
      },
    )

  for (let round = 0; round < 10; round++)
    assert.equal((await proxied(`${nextAddress()}, 192.0.2.9`)).status, 401)
  assert.equal((await proxied(`${nextAddress()}, 192.0.2.9`)).status, 429)
  assert.equal((await proxied('192.0.2.9')).status, 429)
  assert.equal((await proxied('192.0.2.10')).status, 401)
})

test('without a proxy it is the connection that counts', async () => {
  // LOG-06
  await using portal = await openPortal()
  const statuses = []
  for (let round = 0; round < 11; round++) statuses.push((await guess(portal, nextAddress())).status)
  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 401), 429])
})

test('a whole IPv6 network of one customer is counted as one', async () => {
  // LOG-07
  await using portal = await openPortal({ settings: behindProxy })
  const from = (address: string) =>
    portal
      .openVisitor({ 'x-forwarded-for': address })
      .post('/auth/login', { login: nextAddress(), password: 'x' })

  for (let round = 0; round < 10; round++)
    assert.equal((await from(`2001:db8:1:2::${round + 1}`)).status, 401)
  assert.equal((await from('2001:DB8:1:2:ffff::1')).status, 429)
  assert.equal((await from('2001:db8:1:3::1')).status, 401)
})

test('no spelling of the address of the form dodges the counting', async () => {
  // LOG-08
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const hashes = countHashes(portal)
  const form = { login: 'ada', password: 'not this one' }
  const spellings = [
    '/login',
    '/LOGIN',
    '/login/',
    '/Login/?x=1',
    '//login',
    '/./login',
    '/login%2f',
    '/login;x',
    '/%6cogin',
    '/login%00',
  ]
  const calls = [
    '/auth/login',
    '/AUTH/LOGIN',
    '/auth/login/',
    '/api/v1/auth/login',
    '/API/V1/auth/Login',
    '/auth//login',
    '/api/v1/auth%2flogin',
  ]

  const statuses = []
  for (const path of spellings) statuses.push((await openStranger(portal).submit(path, form)).status)
  for (const path of calls) statuses.push((await openStranger(portal).post(path, form)).status)

  assert.ok(hashes.take().verified <= 5)
  assert.ok(
    statuses.every((status) => [400, 401, 404, 422, 429].includes(status)),
    statuses.join(),
  )
  assert.equal((await guess(portal, 'ada', ada.password)).status, 429)
})

test('guessing stays limited when Redis dies, and people still get in', async () => {
  // LOG-09, R7
  await using store = await redisBesideSqlite.open()
  await using portal = await openPortal({
    people: [ada, grace],
    settings: { ...behindProxy, ...store.settings },
  })
  const hashes = countHashes(portal)
  for (let round = 0; round < 5; round++) await guess(portal, 'ada')

  await store.redis?.kill()
  const answers = await Promise.all(Array.from({ length: 30 }, () => guess(portal, 'ada')))

  assert.ok(hashes.take().verified <= 10)
  assert.ok(answers.every(({ status }) => status === 401 || status === 429))
  assert.equal((await guess(portal, 'ada')).status, 429)
  assert.equal((await guess(portal, 'grace', grace.password)).status, 200)
})

test('guessing stays limited while Redis is frozen, and people still get in', async () => {
  // LOG-09, R7
  await using store = await redisBesideSqlite.open()
  await using portal = await openPortal({
    people: [ada, grace],
    settings: { ...behindProxy, ...store.settings },
  })
  const hashes = countHashes(portal)
  store.redis?.freeze()
  try {
    const answers = await Promise.all(Array.from({ length: 30 }, () => guess(portal, 'ada')))
    assert.ok(hashes.take().verified <= 5)
    assert.ok(answers.every(({ status }) => status === 401 || status === 429))
    assert.equal((await signIn(openStranger(portal), 'grace', grace.password)).status, 303)
  } finally {
    store.redis?.thaw()
  }
})

test('a stranger who guesses does not lock me out of the browser I use', async () => {
  // LOG-10
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const office = { 'x-forwarded-for': nextAddress() }
  const browser = portal.openVisitor(office)
  await signIn(browser, 'ada')
  await browser.submit('/logout')

  for (let round = 0; round < 6; round++) await guess(portal, 'ada')
  for (let round = 0; round < 11; round++) {
    await portal.openVisitor(office).post('/auth/login', { login: `colleague${round}`, password: 'x' })
  }
  assert.equal((await guess(portal, 'ada', ada.password)).status, 429)
  assert.equal(
    (await portal.openVisitor(office).post('/auth/login', { login: 'ada', password: 'x' })).status,
    429,
  )

  assert.equal((await signIn(browser, ada.email)).status, 303)
  await browser.submit('/logout')
  assert.equal((await signIn(browser, 'ada')).status, 303)
})

test('in the browser I use, too, five wrong guesses are the end', async () => {
  // LOG-10
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const browser = openStranger(portal)
  await signIn(browser, 'ada')
  await browser.submit('/logout')

  const statuses = []
  for (let round = 0; round < 6; round++) statuses.push((await signIn(browser, 'ada', 'not this one')).status)
  assert.deepEqual(statuses, [422, 422, 422, 422, 422, 429])
})

test('signing in to one account is no way around another’s limit', async () => {
  // LOG-10
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const browser = openStranger(portal)
  await signIn(browser, 'grace', grace.password)
  await browser.submit('/logout')
  for (let round = 0; round < 5; round++) await guess(portal, 'ada')

  assert.equal((await signIn(browser, 'ada')).status, 429)
  const known = browser.cookie('known')?.value ?? ''
  browser.plantCookie('known', known.replace(/^[^.]+/, 'another'))
  assert.equal((await signIn(browser, 'ada')).status, 429)
})

test('signing in is one verification, and being told to wait is none', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const hashes = countHashes(portal)

  await signIn(openStranger(portal), 'ada')
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 1 })
  for (let round = 0; round < 5; round++) await guess(portal, 'ada')
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 5 })
  assert.equal((await guess(portal, 'ada', ada.password)).status, 429)
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})
