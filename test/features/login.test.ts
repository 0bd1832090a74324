import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { type Store, stores } from '../support/stores.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'
import type { Answer, Visitor } from '../support/visitor.ts'

const googleOnly = { email: 'gil@example.com', password: null, username: 'gil' } satisfies Person
const unproved = { ...grace, email: 'una@example.com', username: 'una', isVerified: false } satisfies Person
const disabled = { ...grace, email: 'dis@example.com', username: 'dis', isActive: false } satisfies Person
const everyKind = [ada, googleOnly, unproved, disabled]
const redisBesideSqlite = stores[1] as Store

function signIn(visitor: Visitor, login: string, password: string = ada.password) {
  return visitor.submit('/login', { login, password })
}

function guess(portal: Portal, login: string, password = 'not this one') {
  return openStranger(portal).post('/auth/login', { login, password })
}

test('signing in starts a fresh session, so a secret planted before opens nothing', async () => {
  // LOG-11, LOG-12
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  const planted = `s_${'a'.repeat(64)}`
  visitor.plantCookie('session', planted)

  const answer = await visitor.submit('/login', { login: ' ADA@example.com', password: ada.password })

  assert.equal(answer.status, 303)
  assert.equal(answer.headers.location, '/account')
  assert.match(visitor.sessionSecret() ?? '', /^s_[\w-]{64}$/)
  assert.notEqual(visitor.sessionSecret(), planted)
  assert.match((await visitor.visit('/account')).text, /ada@example\.com/)
})

/** An answer without what differs each time, and without what was typed. */
function mask({ status, headers, text }: Answer, login: string) {
  return {
    status,
    text: text.replaceAll(login, 'somebody').replace(/"request_id":"[^"]+"/, ''),
    headers: Object.entries(headers).filter(
      ([name]) => !['date', 'x-request-id', 'content-length'].includes(name),
    ),
  }
}

test('why one could not sign in does not show', async () => {
  // LOG-01, LOG-02, PWD-11
  await using portal = await openPortal({ people: everyKind, settings: behindProxy })
  const attempts = [
    ['nobody@example.com', 'not this one'],
    ['nobody', 'not this one'],
    ['not-an-address@', 'not this one'],
    [ada.email, 'not this one'],
    [ada.username, 'not this one'],
    [googleOnly.email, 'not this one'],
    [unproved.email, 'not this one'],
    [unproved.email, unproved.password],
    [disabled.email, disabled.password],
    [disabled.username, 'not this one'],
  ] as const
  const hashes = countHashes(portal)

  const seen = []
  for (const [login, password] of attempts) {
    const page = mask(await signIn(openStranger(portal), login, password), login)
    const called = mask(await guess(portal, login, password), login)
    seen.push({ page, called, work: hashes.take() })
  }

  assert.equal(seen[0]?.page.status, 422)
  assert.match(seen[0]?.page.text ?? '', /No account matches this name and password\./)
  assert.equal(seen[0]?.called.status, 401)
  assert.match(seen[0]?.called.text ?? '', /"code":"authentication_failed"/)
  assert.deepEqual(seen[0]?.work, { hashed: 0, verified: 2 })
  for (const one of seen) assert.deepEqual(one, seen[0])
})

test('an account without a password has none: nothing that can be typed opens it', async () => {
  // PWD-11
  await using portal = await openPortal({ people: [googleOnly], settings: behindProxy })
  for (const password of ['', 'null', 'undefined', '\0', 'false']) {
    const { status } = await guess(portal, googleOnly.email, password)
    assert.ok([401, 422].includes(status))
  }
  assert.equal((await portal.database.user.findFirstOrThrow()).passwordHash, null)
  assert.equal(await portal.database.session.count(), 0)
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

test('a browser is sent on with 303, and the form is not repeated to where it goes', async () => {
  // LOG-17
  await using portal = await openPortal({ people: [ada] })
  const answer = await portal.visitor.submit('/login', {
    login: 'ada',
    password: ada.password,
    return_to: '/account?tab=1',
  })
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.location, '/account?tab=1')
  assert.doesNotMatch(answer.text + JSON.stringify(answer.headers), /sunset/)
})

test('a program signs in with its email, its username or its login and gets a session', async () => {
  await using portal = await openPortal({ people: [ada] })
  const names = [
    { email: ' Ada@Example.com ' },
    { username: 'ADA' },
    { login: 'ada' },
    { login: 'ada@example.com' },
  ]

  for (const name of names) {
    const { status, body, headers } = await portal.client.post('/auth/login', {
      ...name,
      password: ada.password,
    })
    assert.equal(status, 200)
    assert.match(body.session.id, /^s_[\w-]{64}$/)
    assert.match(body.session.session_id, /^ses_/)
    assert.equal(Math.ceil(body.session.expires_in / 60), 24 * 60)
    assert.equal(headers['cache-control'], 'no-store')
    assert.deepEqual(Object.keys(body.user).sort(), publicFields)
    assert.equal((await portal.client.get('/auth/me', body.session.id)).body.user.email, ada.email)
  }
})

test('“keep me signed in” lasts thirty days, without it the browser forgets and a day is the end', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: { SESSION_IDLE: '30d' }, clock })
  const [brief, long] = [portal.openVisitor(), portal.openVisitor()]
  await brief.submit('/login', { login: 'ada', password: ada.password })
  await long.submit('/login', { login: 'ada', password: ada.password, remember: '1' })

  assert.doesNotMatch(brief.cookie('session')?.attributes ?? '', /expires|max-age/i)
  const expires = /expires=([^;]+)/i.exec(long.cookie('session')?.attributes ?? '')?.[1] ?? ''
  assert.ok(Math.abs(Date.parse(expires) - (Date.now() + 30 * DAY_MS)) < HOUR_MS)

  clock.forward(23 * HOUR_MS)
  assert.equal((await brief.visit('/account')).status, 200)
  clock.forward(2 * HOUR_MS)
  assert.equal((await brief.visit('/account')).status, 303)
  assert.equal((await long.visit('/account')).status, 200)
  clock.forward(28 * DAY_MS)
  assert.equal((await long.visit('/account')).status, 200)
  clock.forward(DAY_MS)
  assert.equal((await long.visit('/account')).status, 303)
})

test('a program may ask for a long session too', async () => {
  await using portal = await openPortal({ people: [ada], settings: { SESSION_IDLE: '30d' } })
  const { body } = await portal.client.post('/auth/login', {
    login: 'ada',
    password: ada.password,
    remember: true,
  })
  assert.equal(Math.ceil(body.session.expires_in / 3600), 30 * 24)
})

const publicFields = [
  'created_at',
  'display_name',
  'email',
  'email_verified',
  'id',
  'is_active',
  'role',
  'updated_at',
  'username',
]

const passwords = [
  '   twilight  otter  ',
  'παράθυρο και ποτάμι',
  '🦔 🌵 🎻 hedgehog on strings',
  'tab\tand "quotes" & <b>, 100% +plus',
  'sunset marble violin '.repeat(3).slice(0, 64),
  'copper lantern orbit otter granite '.repeat(3).slice(0, 73),
  'copper lantern orbit otter granite '.repeat(4).slice(0, 128),
]

test('a password works exactly as it was chosen, whatever it is made of', async () => {
  // PWD-02, PWD-04
  await using portal = await openPortal({ settings: behindProxy })
  for (const [index, password] of passwords.entries()) {
    const email = `ada${index}@example.com`
    await portal.addPerson({ email, password })
    const variants = [password.slice(0, -1), `${password}x`, password.slice(0, 8), password.toUpperCase()]

    assert.equal((await signIn(openStranger(portal), email, password)).status, 303)
    assert.equal((await guess(portal, email, password)).status, 200)
    for (const variant of variants) assert.equal((await guess(portal, email, variant)).status, 401)
  }
})

test('an accent typed on another keyboard is the same password', async () => {
  // PWD-05
  const composed = 'é'.repeat(100)
  await using portal = await openPortal({ people: [{ ...ada, password: composed }], settings: behindProxy })

  assert.equal((await guess(portal, 'ada', composed.normalize('NFD'))).status, 200)
  assert.equal((await guess(portal, 'ada', composed)).status, 200)
})

test('an old password hash is made stronger when its owner signs in, and by nobody else', async () => {
  // PWD-09, PWD-13
  await using store = await (stores[0] as Store).open()
  const readHash = async ({ database }: Portal) => (await database.user.findFirstOrThrow()).passwordHash ?? ''
  let old: string
  {
    await using portal = await openPortal({ people: [ada], settings: store.settings })
    old = await readHash(portal)
  }
  await using portal = await openPortal({ settings: { ...behindProxy, ...store.settings, ARGON2_TIME: '3' } })
  await guess(portal, 'ada')
  assert.equal(await readHash(portal), old)

  assert.equal((await guess(portal, 'ada', ada.password)).status, 200)
  for (let look = 0; look < 500 && (await readHash(portal)) === old; look++)
    await portal.client.get('/health')

  assert.match(await readHash(portal), /^\$argon2id\$v=19\$m=19456,t=3,p=1\$/)
  assert.equal((await guess(portal, 'ada', ada.password)).status, 200)
})

test('after five wrong guesses an account is closed for a while, to everybody who guesses', async () => {
  // LOG-03
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  for (let round = 0; round < 5; round++) assert.equal((await guess(portal, 'ada')).status, 401)
  const called = await guess(portal, 'ada', ada.password)
  const page = await signIn(openStranger(portal), ' ADA ')

  assert.equal(called.status, 429)
  assert.equal(called.body.code, 'too_many_attempts')
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
  test(`of 200 guesses made at once from everywhere five are tried: ${name}`, async () => {
    // LOG-04, K10
    await using store = await open()
    await using portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...store.settings } })
    const hashes = countHashes(portal)

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => guess(portal, 'ada', `guess ${index}`)),
    )

    const tried = answers.filter(({ status }) => status === 401)
    assert.equal(tried.length, 5)
    assert.ok(answers.every(({ status }) => status === 401 || status === 429))
    assert.deepEqual(hashes.take(), { hashed: 0, verified: 5 })
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'session.start_refused' } }), 5)
  })
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

test('one cannot choose the address one is counted under', async () => {
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

test('knowing one account’s way in is no way around another’s limit', async () => {
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

test('another site cannot sign me in as somebody else', async () => {
  // LOG-13
  await using portal = await openPortal({ people: [ada] })
  const form = { login: 'ada', password: ada.password }
  const crossSite = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost' },
    { 'sec-fetch-site': 'cross-site', origin: 'null' },
  ]
  for (const headers of crossSite) {
    const answer = await portal.visitor.submit('/login', form, headers)
    assert.equal(answer.status, 403)
    assert.equal(portal.visitor.sessionSecret(), null)
    assert.equal((await portal.visitor.post('/auth/login', form, headers)).status, 403)
  }
  assert.equal(await portal.database.session.count(), 0)
})

const notText: unknown[] = [
  { contains: '@' },
  { not: '' },
  { startsWith: 'a' },
  ['ada'],
  [],
  {},
  7,
  true,
  null,
  { toString: 'ada' },
]

test('only text is looked up', async () => {
  // LOG-14
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const hashes = countHashes(portal)

  for (const value of notText) {
    for (const body of [
      { login: value, password: ada.password },
      { email: value, password: ada.password },
      { login: 'ada', password: value },
      { AND: [], login: value },
    ]) {
      assert.equal((await openStranger(portal).post('/auth/login', body)).status, 422, JSON.stringify(body))
    }
  }
  for (const form of [
    'login[contains]=@&password=x',
    'login[]=ada&password=x',
    'login=ada&password[not]=x',
    '',
  ]) {
    assert.equal((await openStranger(portal).submit('/login', form)).status, 422, form)
  }
  const twice = await openStranger(portal).submit('/login', `login=ada&login=eve&password=${ada.password}`)
  assert.equal(twice.status, 400)
  for (const body of ['[]', '"ada"', 'null', '7', '{', '{"login":"ada",}']) {
    const { client } = portal
    const answer = await client.send(client.portal.post('/auth/login').type('json').send(body), {
      'x-forwarded-for': nextAddress(),
    })
    assert.ok([400, 422].includes(answer.status), body)
  }
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})

const oddLogins = [
  'ada\0',
  'ad\u0430',
  '\u212aada',
  'ada\ud800',
  'ada\r\nSet-Cookie: x=1',
  '%E0%A4%A',
  "ada' OR 1=1 --",
  '__proto__',
  'constructor',
  'toString',
  '<%= 7*7 %>',
  'a'.repeat(512),
  'a'.repeat(513),
  '\u202eada',
  'mi\u212ae@example.com',
]

test('odd names are nobody’s, and the form comes back as it was typed', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  for (const login of oddLogins) {
    const called = await guess(portal, login, ada.password)
    assert.ok([401, 422].includes(called.status), JSON.stringify(login))
    const page = await signIn(openStranger(portal), login.toWellFormed())
    assert.ok([400, 422].includes(page.status), JSON.stringify(login))
    assert.doesNotMatch(page.text, /\b49\b/)
    assert.doesNotMatch(page.text, /sunset/)
  }
  const { text } = await signIn(openStranger(portal), '"><script>alert(1)</script>')
  assert.match(text, /value="&#34;&gt;&lt;script&gt;/)
  assert.equal(await portal.database.session.count(), 0)
})

test('half-finished ways in are no way in', async () => {
  // LOG-15
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  await visitor.submit('/register', { email: 'eve@example.com', password: 'copper lantern orbit' })
  await signIn(visitor, 'ada', 'not this one')

  assert.ok(visitor.jar.size > 0)
  assert.equal((await visitor.visit('/account')).status, 303)
  const asked = await visitor.request('get', '/auth/me', { 'sec-fetch-site': 'same-origin' })
  assert.equal(asked.status, 401)
  for (const { value } of visitor.jar.values()) {
    const browser = portal.openVisitor()
    browser.plantCookie('session', value)
    assert.equal((await browser.visit('/account')).status, 303)
    assert.equal(
      (await portal.client.get('/auth/me', decodeURIComponent(value).replace(/[^\w~+/.-]/g, ''))).status,
      401,
    )
  }
})

test('each sign-in and each refusal is written down once, with who and from where', async () => {
  // AUT-09
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const address = nextAddress()
  const visitor = portal.openVisitor({ 'x-forwarded-for': address })
  const refused = await signIn(visitor, 'ada', 'not this one')
  const unknown = await signIn(visitor, 'nobody', 'not this one')
  const started = await signIn(visitor, 'ada')

  const events = await portal.database.auditEvent.findMany({ orderBy: { at: 'asc' } })
  const { id } = await portal.database.user.findFirstOrThrow()
  assert.deepEqual(
    events.map(({ action, actorId, subjectId, ip, requestId }) => ({
      action,
      actorId,
      subjectId,
      ip,
      requestId,
    })),
    [
      {
        action: 'session.start_refused',
        actorId: null,
        subjectId: id,
        ip: address,
        requestId: refused.headers['x-request-id'],
      },
      {
        action: 'session.start_refused',
        actorId: null,
        subjectId: null,
        ip: address,
        requestId: unknown.headers['x-request-id'],
      },
      {
        action: 'session.started',
        actorId: id,
        subjectId: id,
        ip: address,
        requestId: started.headers['x-request-id'],
      },
    ],
  )
})

test('who is signed in already goes on, and an empty form says what to enter', async () => {
  await using portal = await openPortal({ people: [ada] })
  const empty = await portal.visitor.submit('/login', { return_to: '/account?tab=1' })
  assert.equal(empty.status, 422)
  assert.match(empty.text, /Enter your email or username\./)
  assert.match(empty.text, /Enter your password\./)
  assert.match(empty.text, /name="return_to" value="\/account\?tab=1"/)

  await signIn(portal.visitor, 'ada')
  assert.equal(
    (await portal.visitor.visit('/login?return_to=/account?tab=2')).headers.location,
    '/account?tab=2',
  )
  assert.equal((await portal.visitor.submit('/login', {})).headers.location, '/account')
})

const elsewhere = [
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  '/%2e%2e//evil.example',
  '/\r\nSet-Cookie: x=1',
  'javascript:alert(1)',
  `/${'a'.repeat(600)}`,
]

test('signing in leads to a page of the portal and nowhere else', async () => {
  // WEB-05
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  for (const wanted of elsewhere) {
    const visitor = openStranger(portal)
    const shown = await visitor.visit(`/login?return_to=${encodeURIComponent(wanted)}`)
    assert.match(shown.text, /name="return_to" value="\/account"/)
    const answer = await visitor.submit('/login', { login: 'ada', password: ada.password, return_to: wanted })
    assert.equal(answer.headers.location, '/account')
    assert.equal(visitor.cookie('x'), null)
  }
})

test('who is asked to wait because many sign in at once has lost no attempt', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const send = () => openStranger(portal).post('/auth/login', { login: ada.email, password: ada.password })

  const crowd = fillQueue(portal)
  const early = await Promise.all(Array.from({ length: 6 }, send))
  await crowd.leave()

  assert.deepEqual(
    early.map(({ status }) => status),
    Array(6).fill(503),
  )
  assert.equal((await send()).status, 200)
})

/** So many hash at once that nobody else gets a turn, until they leave. */
function fillQueue({ world: { hasher } }: Portal) {
  const hashes: Promise<unknown>[] = []
  let isLeaving = false

  function hasRoom() {
    try {
      hasher.ensureRoom()
      return true
    } catch {
      return false
    }
  }

  function fill() {
    if (isLeaving) return
    while (hasRoom()) hashes.push(hasher.hash('one of many').then(fill))
  }

  fill()
  return {
    async leave() {
      isLeaving = true
      await Promise.all(hashes)
    },
  }
}
