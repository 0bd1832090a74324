import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace, type Person, publicUserFields } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { guess, signIn } from '../support/sign-in.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'
import type { Answer } from '../support/visitor.ts'

const googleOnly = { email: 'gil@example.com', password: null, username: 'gil' } satisfies Person
const unproved = { ...grace, email: 'una@example.com', username: 'una', isVerified: false } satisfies Person
const disabled = { ...grace, email: 'dis@example.com', username: 'dis', isActive: false } satisfies Person
const everyKind = [ada, googleOnly, unproved, disabled]

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

test('a browser is redirected with 303, so the form is not sent again to the next page', async () => {
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
    assert.deepEqual(Object.keys(body.user), publicUserFields)
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

test('somebody already signed in is sent on, and an empty form says what to enter', async () => {
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

/** An answer without what differs each time, and without what was typed. */
function mask({ status, headers, text }: Answer, login: string) {
  return {
    status,
    text: text.replaceAll(login, 'somebody').replace(/"request_id":"[^"]+"/, ''),
    headers: Object.entries(headers)
      .filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name))
      .filter((header) => !bringsBackWhatWasTyped(header)),
  }
}

function bringsBackWhatWasTyped([name, value]: [string, unknown]) {
  return name === 'set-cookie' && String(value).startsWith('typed=')
}

test('the answer does not tell why a sign-in failed', async () => {
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
  assert.match(seen[0]?.page.text ?? '', /That email or password isn’t right\./)
  assert.equal(seen[0]?.called.status, 401)
  assert.match(seen[0]?.called.text ?? '', /"code":"authentication_failed"/)
  assert.deepEqual(seen[0]?.work, { hashed: 0, verified: 2 })
  for (const one of seen) assert.deepEqual(one, seen[0])
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

test('each sign-in and each refusal is written down once, with who and from where', async () => {
  // AUT-09
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const address = nextAddress()
  const visitor = portal.openVisitor({ 'x-forwarded-for': address })
  const refused = await signIn(visitor, 'ada', 'not this one')
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
        action: 'session.started',
        actorId: id,
        subjectId: id,
        ip: address,
        requestId: started.headers['x-request-id'],
      },
    ],
  )
})
