import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'

const TOO_SHORT = 'Use at least 8 characters.'
const TOO_COMMON = 'This password is on lists that attackers try first. Choose another one.'
const NO_ADDRESS = 'Enter one email address, like name@example.com.'

const register = ({ client }: Portal, body: object) =>
  client.send(client.portal.post('/auth/register').send(body), { 'x-forwarded-for': nextAddress() })

test('everything that is wrong with a registration is said at once, by page and API', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const wrong = { email: 'frida@', password: 'letmein', username: '-' }

  const page = await openStranger(portal).submit('/register', wrong)
  const called = await register(portal, wrong)
  const taken = await register(portal, { ...wrong, email: 'frida@example.com', username: ada.username })

  assert.equal(page.status, 422)
  for (const sentence of [TOO_SHORT, TOO_COMMON, NO_ADDRESS])
    assert.ok(page.text.includes(sentence), sentence)
  assert.ok(page.text.includes(`>${TOO_SHORT} ${TOO_COMMON}</p>`))
  assert.equal(called.status, 422)
  assert.deepEqual(
    called.body.errors.map(({ field, message }: { field: string; message: string }) => [field, message]),
    [
      ['email', NO_ADDRESS],
      ['username', 'Use 3 to 32 letters, numbers, dots, hyphens or underscores.'],
      ['password', TOO_SHORT],
      ['password', TOO_COMMON],
    ],
  )
  assert.deepEqual(
    taken.body.errors.map(({ code }: { code: string }) => code),
    ['too_short', 'too_common', 'username_taken'],
  )
})

test('a password is judged by the address beside it, even one that is none yet', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { body } = await register(portal, { email: 'kahlo-frida@', password: 'kahlo-frida' })
  assert.deepEqual(
    body.errors.map(({ code }: { code: string }) => code),
    ['invalid', 'contains_context'],
  )
})

test('text far too long for an address is not searched for words', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const email = `${'kahlo '.repeat(50)}marble`
  const { body } = await register(portal, { email, password: 'sunset marble violin' })
  assert.deepEqual(
    body.errors.map(({ code }: { code: string }) => code),
    ['invalid'],
  )
})

test('a password that is missing or not text gets one sentence', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  for (const password of [undefined, '', 7, null, ['letmein'], 'x'.repeat(2_000), '\ud800 letmein']) {
    const { status, body } = await register(portal, { email: 'frida@', password })
    assert.equal(status, 422)
    assert.deepEqual(
      body.errors.map(({ field }: { field: string }) => field),
      ['email', 'password'],
    )
  }
})

test('the classic policy names what is missing', async () => {
  await using portal = await openPortal({ settings: { ...behindProxy, PASSWORD_POLICY: 'classic' } })
  const page = await openStranger(portal).submit('/register', {
    email: 'frida@',
    password: 'marble violin',
  })
  assert.ok(page.text.includes('Add an upper-case letter and a digit.'))
  assert.ok(page.text.includes(NO_ADDRESS))
})

test('an email that was typed goes along, and never in an address', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const form = { email: grace.email, password: 'short' }
  const pages = { '/login': 'login', '/register': 'email', '/verify-email': 'email' }
  const sendings: [path: string, fields: Record<string, string>][] = [
    ['/login', { login: ` ${grace.email}`, password: 'not this one' }],
    ['/register', form],
    ['/register', { ...form, password: grace.password }],
    ['/verify-email/resend', { email: grace.email }],
  ]

  for (const [path, fields] of sendings) {
    const visitor = openStranger(portal)
    await visitor.submit(path, fields)
    for (const [page, field] of Object.entries(pages)) {
      const { text } = await visitor.visit(page)
      assert.match(text, new RegExp(`id="${field}"[^>]*value="${grace.email}"`), `${path}, then ${page}`)
      assert.doesNotMatch(text, /href="[^"]*grace/)
    }
  }
  assert.ok(!portal.lines.some((line) => line.includes(grace.email)))
})

test('a username and what is no email go nowhere, and signing in leaves nothing behind', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const visitor = openStranger(portal)
  for (const login of ['ada', 'ada@', '<b>@example.com']) {
    await visitor.submit('/login', { login, password: 'not this one' })
    assert.equal(visitor.cookie('typed'), null)
  }

  await visitor.submit('/login', { login: ada.email, password: ada.password })
  assert.equal(visitor.cookie('typed'), null)
})
