import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import type { Answer } from '../support/visitor.ts'

const password = 'copper lantern orbit'
// As long as Ada's address, so that nothing but the address differs.
const newcomer = 'eve@example.com'
const unproved = 'bob@example.com'

/** An answer without what differs each time: its address, ids, dates and random values. */
function mask({ status, headers, text }: Answer, email: string) {
  const cookies = (headers['set-cookie'] ?? []) as unknown as string[]
  return {
    status,
    text: text.replaceAll(email, 'somebody').replace(/"request_id":"[^"]+"/, ''),
    headers: Object.entries(headers)
      .filter(([name]) => !['date', 'x-request-id', 'set-cookie', 'etag'].includes(name))
      .sort(),
    cookies: cookies.map((line) =>
      line
        .replace(/=([^;]*)/, (_, value) => `=${decodeURIComponent(value).length} characters`)
        .replace(/Expires=[^;]*/, ''),
    ),
  }
}

function register(portal: Portal, form: Record<string, unknown>) {
  return openStranger(portal).post('/auth/register', { password, ...form })
}

test('whether an address is new, known or waiting, whoever registers it sees the same', async () => {
  // REG-01
  await using portal = await openPortal({
    people: [ada, { ...grace, email: unproved, username: 'bob', isVerified: false }],
    settings: behindProxy,
  })
  const hashes = countHashes(portal)

  const pages = []
  const calls = []
  for (const email of [newcomer, ada.email, unproved, newcomer]) {
    const visitor = openStranger(portal)
    const answer = await visitor.submit('/register', { email, password, return_to: '/account?tab=1' })
    const next = await visitor.visit('/registered')
    pages.push({ answer: mask(answer, email), next: mask(next, email), work: hashes.take() })

    const called = await register(portal, { email })
    calls.push({ answer: mask(called, email), work: hashes.take() })
  }

  assert.equal(pages[0]?.answer.status, 303)
  assert.equal(calls[0]?.answer.status, 202)
  assert.deepEqual(pages[0]?.work, { hashed: 1, verified: 0 })
  assert.deepEqual(calls[0]?.work, { hashed: 1, verified: 0 })
  for (const page of pages) assert.deepEqual(page, pages[0])
  for (const call of calls) assert.deepEqual(call, calls[0])
})

test('whether an address is known does not show in what must be mended either', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  const answers = []
  for (const email of [newcomer, ada.email]) {
    answers.push(mask(await register(portal, { email, password: 'password1' }), email))
    answers.push(mask(await register(portal, { email, username: 'ada' }), email))
  }

  assert.deepEqual(
    answers.map(({ status }) => status),
    [422, 422, 422, 422],
  )
  assert.deepEqual(answers.slice(0, 2), answers.slice(2))
})

test('a new address gets a link, a known one hears that it has an account', async () => {
  // REG-01
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  await register(portal, { email: newcomer })
  await register(portal, { email: ada.email, display_name: 'Mallory' })

  const [toNewcomer, toAda] = [await portal.findMail(newcomer), await portal.findMail(ada.email)]
  assert.match(toNewcomer?.subject ?? '', /^Confirm your email/)
  assert.match(toNewcomer?.text ?? '', /\/verify-email\?token=[\w-]{43}\n/)
  assert.match(toNewcomer?.text ?? '', /^\d{6}$/m)
  assert.match(toAda?.subject ?? '', /^You already have a Gatehouse account/)
  assert.doesNotMatch(toAda?.text ?? '', /token|Mallory|^\d{6}$/m)
  const known = await portal.database.user.findUniqueOrThrow({ where: { email: ada.email } })
  assert.equal(known.displayName, ada.displayName)
  assert.equal(
    (await portal.visitor.submit('/login', { login: ada.email, password: ada.password })).status,
    303,
  )
})

test('nobody makes themselves an administrator, or anything else that was not asked for', async () => {
  // REG-02
  await using portal = await openPortal({ settings: behindProxy })
  const wishes = {
    id: '00000000-0000-0000-0000-000000000000',
    role: 'admin',
    is_admin: true,
    email_verified: true,
    emailVerifiedAt: '2020-01-01T00:00:00Z',
    isActive: false,
    passwordHash: 'x',
    sessionEpoch: 99,
    __proto__: { role: 'admin' },
    constructor: { prototype: { role: 'admin' } },
  }

  await openStranger(portal).submit(
    '/register',
    `email=${newcomer}&password=${password}&role=admin&email_verified=true&__proto__=x&toString=x`,
  )
  await openStranger(portal).request('post', '/auth/register')
  await register(portal, { ...wishes, email: unproved })
  const raw = `{"email":"mal@example.com","password":"${password}","__proto__":{"role":"admin","polluted":true}}`
  await portal.client.send(portal.client.portal.post('/auth/register').type('json').send(raw))

  const users = await portal.database.user.findMany()
  assert.equal(users.length, 3)
  for (const user of users) {
    assert.notEqual(user.id, wishes.id)
    const { role, emailVerifiedAt, isActive, sessionEpoch } = user
    assert.deepEqual(
      { role, emailVerifiedAt, isActive, sessionEpoch },
      { role: 'user', emailVerifiedAt: null, isActive: true, sessionEpoch: 0 },
    )
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

const notOneMailbox: unknown[] = [
  'ada@example.com,eve@example.com',
  'ada@example.com;eve@example.com',
  'Ada <ada@example.com>',
  '"ada@evil.example"@example.com',
  'ada@example.com\r\nBcc: eve@example.com',
  'ada@example.com\0',
  'mi\u212ae@example.com',
  'm\u0131ke@example.com',
  `${'a'.repeat(250)}@example.com`,
  'ada@localhost',
  ['ada@example.com', 'eve@example.com'],
  { contains: '@' },
  7,
  null,
  '\ud800@example.com',
]

test('one field takes one mailbox, and no mail goes anywhere else', async () => {
  // REG-03
  await using portal = await openPortal({ settings: behindProxy })
  const hashes = countHashes(portal)

  for (const email of notOneMailbox) {
    const called = await register(portal, { email })
    assert.equal(called.status, 422, JSON.stringify(email))
    assert.deepEqual(
      called.body.errors.map(({ field }: { field: string }) => field),
      ['email'],
    )
    const isText = typeof email === 'string' && email.isWellFormed()
    if (!isText) continue
    const answer = await openStranger(portal).submit('/register', { email, password })
    assert.equal(answer.status, 422, JSON.stringify(email))
    assert.match(answer.text, /Enter one email address, like name@example\.com/)
  }

  assert.equal((await portal.mails()).length, 0)
  assert.equal(await portal.database.user.count(), 0)
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})

test('a name is text, wherever it is shown', async () => {
  // REG-04
  const name = `<script>alert(1)</script>"'&<%= 7 * 191 %>\${7*191}{{7*191}}`
  await using portal = await openPortal({ people: [{ ...ada, displayName: name }], settings: behindProxy })
  const { visitor } = portal
  await visitor.submit('/login', { login: 'ada', password: ada.password })
  const account = await visitor.visit('/account')
  await register(portal, { email: ada.email })
  const mail = await portal.findMail(ada.email)
  const again = await openStranger(portal).submit('/register', { email: name, password: 'x' })

  for (const html of [account.text, mail?.html ?? '', again.text]) {
    assert.doesNotMatch(html, /<script>alert/)
    assert.doesNotMatch(html, /\b1337\b/)
  }
  assert.match(account.text, /&lt;script&gt;alert\(1\)/)
  assert.match(again.text, /&lt;script&gt;alert\(1\)/)
  assert.ok(mail?.text.includes(`Hello ${name},`))
})

const nobodysNames = [
  'Ada\0',
  'Ada\r\nBcc: eve@example.com',
  'A\u202eda',
  'A\u200bda',
  'A\u2028da',
  `e${'\u0301'.repeat(200)}`,
  '🦔'.repeat(81),
  '\ud800',
]

test('control characters, hidden ones and floods are in nobody’s name', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  for (const name of nobodysNames) {
    const answer = await register(portal, { email: newcomer, display_name: name })
    assert.equal(answer.status, 422, JSON.stringify(name))
    assert.deepEqual(
      answer.body.errors.map(({ field }: { field: string }) => field),
      ['display_name'],
    )
  }
  assert.equal(await portal.database.user.count(), 0)
})

test('an address is the same account in whichever case it is typed', async () => {
  // REG-05
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  const answer = await register(portal, { email: ' ADA@Example.COM ' })

  assert.equal(answer.status, 202)
  assert.equal(await portal.database.user.count(), 1)
  assert.match((await portal.findMail(ada.email))?.subject ?? '', /already have a Gatehouse account/)
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`fifty equal registrations make one account and one mail: ${name}`, async () => {
    // REG-06, K5
    await using store = await open()
    await using portal = await openPortal({ settings: { ...behindProxy, ...store.settings } })

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => register(portal, { email: newcomer, username: 'eve' })),
    )

    assert.deepEqual(
      [...new Set(answers.map(({ status, text }) => `${status} ${text}`))],
      ['202 {"status":"verification_sent"}'],
    )
    assert.equal(await portal.database.user.count(), 1)
    assert.equal(await portal.database.oneTimeLink.count(), 1)
    assert.equal((await portal.mails()).length, 1)
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.registered' } }), 1)
  })
}

test('a new portal has no account at all', async () => {
  // REG-07
  await using portal = await openPortal({ settings: behindProxy })

  assert.equal(await portal.database.user.count(), 0)
  for (const [login, secret] of [
    ['admin', 'admin'],
    ['admin', 'password'],
    ['admin@localhost', 'admin'],
    ['root', 'root'],
    ['test', 'test'],
  ]) {
    assert.equal((await openStranger(portal).post('/auth/login', { login, password: secret })).status, 401)
  }
})

test('where one may enter at once, an unproved address opens nothing but the way to prove it', async () => {
  // REG-08
  await using portal = await openPortal({ settings: { REGISTRATION: 'open' } })
  const { client, visitor } = portal

  const { status, body } = await client.post('/auth/register', { email: newcomer, password })
  assert.equal(status, 201)
  assert.equal(body.user.email_verified, false)
  assert.match(body.session.id, /^s_[\w-]{64}$/)
  const me = await client.get('/auth/me', body.session.id)
  assert.equal(me.status, 403)
  assert.equal(me.body.code, 'email_unverified')

  const signedUp = await visitor.submit('/register', {
    email: unproved,
    password,
    return_to: '/account?tab=1',
  })
  assert.equal(signedUp.headers.location, '/verify-email')
  const account = await visitor.visit('/account')
  assert.equal(account.headers.location, '/verify-email')
  assert.match((await visitor.visit('/verify-email')).text, /autocomplete="one-time-code"/)
  const powerless = visitor.sessionSecret()

  const link = await portal.linkMailedTo(unproved)
  const confirmed = await visitor.submit('/verify-email', link.split('?')[1])
  assert.equal(confirmed.headers.location, '/account?tab=1')
  assert.equal((await visitor.visit('/account')).status, 200)
  assert.notEqual(visitor.sessionSecret(), powerless)
  assert.equal((await client.post('/auth/logout', undefined, body.session.id)).status, 204)
})

test('where one may enter at once, a known address is said to be known', async () => {
  await using portal = await openPortal({ people: [ada], settings: { REGISTRATION: 'open' } })

  const called = await portal.client.post('/auth/register', { email: ada.email, password })
  assert.equal(called.status, 409)
  assert.equal(called.body.code, 'email_taken')
  const answer = await portal.visitor.submit('/register', { email: ada.email, password })
  assert.equal(answer.status, 422)
  assert.match(answer.text, /already has an account\. Sign in instead/)
  assert.equal(portal.visitor.sessionSecret(), null)
})

test('where registration is closed nothing is created, hashed or sent', async () => {
  await using portal = await openPortal({ settings: { REGISTRATION: 'closed' } })
  const hashes = countHashes(portal)
  const { visitor, client } = portal

  assert.equal((await visitor.visit('/register')).status, 403)
  const answer = await visitor.submit('/register', { email: newcomer, password })
  assert.equal(answer.status, 403)
  assert.match(answer.text, /Registration is closed/)
  const called = await client.post('/auth/register', { email: newcomer, password })
  assert.deepEqual([called.status, called.body.code], [403, 'forbidden'])
  assert.doesNotMatch((await visitor.visit('/login')).text, /href="\/register/)
  assert.equal(await portal.database.user.count(), 0)
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})

test('no mailbox gets more than three mails an hour, whoever registers it and however often', async () => {
  // REG-09
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })
  const countMails = async (to: string) => (await portal.mails()).filter((mail) => mail.to === to).length

  for (let round = 0; round < 6; round++) {
    await register(portal, { email: newcomer })
    await register(portal, { email: ada.email })
    await openStranger(portal).post('/auth/resend-verification', { email: newcomer })
    clock.forward(2 * MINUTE_MS)
  }
  assert.deepEqual([await countMails(newcomer), await countMails(ada.email)], [3, 3])

  clock.forward(HOUR_MS)
  await register(portal, { email: newcomer })
  await register(portal, { email: ada.email })
  assert.deepEqual([await countMails(newcomer), await countMails(ada.email)], [4, 4])
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`not even twenty at once get a mailbox more than three mails: ${name}`, async () => {
    // REG-09
    await using store = await open()
    await using portal = await openPortal({
      people: [ada, { ...grace, isVerified: false }],
      settings: { ...behindProxy, ...store.settings },
    })

    await Promise.all(
      Array.from({ length: 20 }, () => [
        register(portal, { email: ada.email }),
        openStranger(portal).post('/auth/resend-verification', { email: grace.email }),
      ]).flat(),
    )

    const mails = await portal.mails()
    for (const { email } of [ada, grace]) assert.equal(mails.filter(({ to }) => to === email).length, 3)
  })
}

test('one client address registers ten times a minute and is then told to wait', async () => {
  // REG-09
  await using portal = await openPortal()
  const hashes = countHashes(portal)

  for (let round = 0; round < 10; round++) {
    assert.notEqual((await portal.client.post('/auth/register', { email: 'x' })).status, 429)
  }
  const called = await portal.client.post('/auth/register', { email: newcomer, password })
  const answer = await portal.visitor.submit('/register', { email: newcomer, password })

  assert.equal(called.status, 429)
  assert.ok(Number(called.headers['retry-after']) > 0)
  assert.equal(answer.status, 429)
  assert.match(answer.text, /Please wait \d+ (second|minute)s? and try again/)
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})

test('a form with mistakes comes back with what was typed, never the password, and a sentence at each field', async () => {
  await using portal = await openPortal()

  const { status, text } = await portal.visitor.submit('/register', {
    email: 'ada "L" at example',
    password: 'pass word',
    return_to: '/account?tab=1',
  })

  assert.equal(status, 422)
  assert.match(text, /value="ada &#34;L&#34; at example"/)
  assert.match(text, /name="return_to" value="\/account\?tab=1"/)
  assert.match(text, /id="email-error"[\s\S]*Enter one email address/)
  assert.match(text, /At least 8 characters/)
  assert.doesNotMatch(text, /pass word/)
  assert.match(text, /<title>Error: /)
})

test('every mistake in a password is said in a sentence', async () => {
  // PWD-01, PWD-06, PWD-07
  await using portal = await openPortal({ settings: behindProxy })
  const sentences = {
    'kw7#Qz!': /Use at least 8 characters/,
    password1: /on lists that attackers try first/,
    'eve@example.com': /Do not use your name, your address or the name of this site/,
    'my gatehouse umbrella': /Do not use your name/,
    ['x'.repeat(129)]: /Use at most 128 characters/,
    '': /Enter your password/,
  }
  for (const [weak, sentence] of Object.entries(sentences)) {
    const answer = await openStranger(portal).submit('/register', { email: newcomer, password: weak })
    assert.equal(answer.status, 422)
    assert.match(answer.text, sentence)
  }
})

test('a password that is much too long is refused without being hashed', async () => {
  // PWD-03
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const hashes = countHashes(portal)

  for (const length of [129, 1_024, 1_025, 10_000]) {
    const long = 'aB3$ '.repeat(length).slice(0, length)
    assert.equal((await register(portal, { email: newcomer, password: long })).status, 422)
    assert.ok(
      [401, 422].includes(
        (await openStranger(portal).post('/auth/login', { login: 'ada', password: long })).status,
      ),
    )
  }
  assert.equal((await register(portal, { email: newcomer, password: 'a'.repeat(1_000_000) })).status, 413)
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})

test('under the classic policy a password needs its four kinds of characters', async () => {
  await using portal = await openPortal({ settings: { ...behindProxy, PASSWORD_POLICY: 'classic' } })

  assert.match(
    (await portal.visitor.visit('/register')).text,
    /an upper-case letter, a lower-case letter, a digit/,
  )
  assert.equal((await register(portal, { email: newcomer, password: 'copper lantern' })).status, 422)
  assert.equal((await register(portal, { email: newcomer, password: 'Lantern-7!' })).status, 202)
})

test('password managers are told what this is and how long it may be', async () => {
  // PWD-12
  await using portal = await openPortal()
  const { text } = await portal.visitor.visit('/register')
  assert.match(text, /<input[^>]*id="password"[^>]*type="password"[^>]*autocomplete="new-password"/)
  assert.match(text, /passwordrules="minlength: 8; maxlength: 128;"/)
  assert.doesNotMatch(text, /onpaste|maxlength="/)
})

test('a username that somebody has cannot be chosen, and one that is only wished for can', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  const taken = await register(portal, { email: newcomer, username: 'ADA' })
  assert.equal(taken.status, 422)
  assert.deepEqual(taken.body.errors, [
    { field: 'username', code: 'username_taken', message: 'This username is taken. Choose another one.' },
  ])
  assert.equal((await register(portal, { email: newcomer, username: 'countess' })).status, 202)
  assert.equal((await register(portal, { email: unproved, username: 'countess' })).status, 202)
})

test('what happened is written down once, with the change that it belongs to', async () => {
  // AUT-09
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  const { headers } = await register(portal, { email: newcomer })
  await register(portal, { email: ada.email })

  const events = await portal.database.auditEvent.findMany({ where: { action: 'user.registered' } })
  const user = await portal.database.user.findUniqueOrThrow({ where: { email: newcomer } })
  assert.equal(events.length, 1)
  assert.equal(events[0]?.actorId, user.id)
  assert.equal(events[0]?.requestId, headers['x-request-id'])
  assert.match(events[0]?.ip ?? '', /^10\./)
})

test('neither passwords nor links are ever written to the log', async () => {
  // AUT-10
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal

  await visitor.submit('/register', { email: newcomer, password })
  await visitor.submit('/register', { email: newcomer, password: 'password1' })
  const link = await portal.linkMailedTo(newcomer)
  const token = new URL(link, portal.baseUrl).searchParams.get('token') ?? ''
  const code = /^\d{6}$/m.exec((await portal.findMail(newcomer))?.text ?? '')?.[0] ?? ''
  await visitor.visit(link)
  await visitor.submit('/verify-email/code', { email: newcomer, code })
  await visitor.submit('/verify-email', { token, password })
  await visitor.submit('/login', { login: newcomer, password })

  const log = portal.lines.join('')
  assert.match(log, /verify-email/)
  assert.deepEqual([token.length, code.length], [43, 6])
  for (const secret of [
    token,
    `"${code}"`,
    `=${code}`,
    password,
    'password1',
    visitor.sessionSecret() ?? 'none',
  ]) {
    assert.ok(!log.includes(secret))
  }
})
