import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { mask, newcomer, password, register, unproved } from '../support/newcomers.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

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

test('whether an address is known does not show in the error messages either', async () => {
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
