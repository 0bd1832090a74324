import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, forget, newPassword, reset, resetToken } from '../support/reset.ts'
import { guess } from '../support/sign-in.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

test('whoever forgot the password chooses a new one with the mailed link, and signs in with it', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  const token = await forget(portal, ada.email)

  const page = await visitor.openLink(`/reset-password?token=${token}`)
  assert.equal(page.status, 200)
  assert.match(page.text, /For <strong>ada@example\.com<\/strong>/)
  const changed = await reset(visitor, token)

  assert.deepEqual([changed.status, changed.headers.location], [303, '/login'])
  assert.equal(visitor.sessionSecret(), null) // RST-11: who resets is not signed in by that
  const login = await visitor.visit('/login')
  assert.match(login.text, /Your password is changed\. Sign in with the new one\./)
  assert.match(login.text, /value="ada@example\.com"/)
  assert.equal((await visitor.submit('/login', { login: ada.email, password: newPassword })).status, 303)
  assert.equal(await canSignIn(portal, ada.email, ada.password), false)
})

test('the API resets as the page does, and says what is missing', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { client } = portal
  const forgotten = await client.post('/auth/forgot-password', { email: ada.email })
  assert.deepEqual([forgotten.status, forgotten.body], [202, { status: 'reset_sent' }])
  const token = await resetToken(portal, ada.email)

  const without = await client.post('/auth/reset-password', { token })
  assert.deepEqual([without.status, without.body.errors[0].field], [422, 'password'])
  const weak = await client.post('/auth/reset-password', { token, password: 'password1' })
  assert.deepEqual([weak.status, weak.body.errors[0].code], [422, 'too_common'])
  const changed = await client.post('/api/v1/auth/reset-password', { token, new_password: newPassword })
  assert.deepEqual([changed.status, changed.body], [200, { status: 'password_reset' }])
  const again = await client.post('/auth/reset-password', { token, password: newPassword })
  assert.deepEqual([again.status, again.body.code], [410, 'link_expired'])
  assert.equal(await canSignIn(portal, ada.email, newPassword), true)
})

test('a password that is too weak leaves the link alive and says what is wrong with it', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  const token = await forget(portal, ada.email)

  for (const [weak, sentence] of [
    ['', 'Choose a password.'],
    ['short', 'Use at least 8 characters.'],
    ['password1', 'This password is on lists'],
    ['Lovelace1815!', 'Do not use your name'],
    ['x'.repeat(2_000), 'Use at most 128 characters.'],
  ] as const) {
    const answer = await reset(visitor, token, weak)
    assert.equal(answer.status, 422, weak)
    assert.ok(answer.text.includes(sentence), answer.text)
    assert.match(answer.text, new RegExp(`name="token" value="${token}"`))
    assert.match(answer.text, /ada@example\.com/)
  }

  assert.equal((await reset(visitor, token)).status, 303)
})

test('a link works for an hour, and a newer one replaces it', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })
  const { visitor } = portal
  const old = await forget(portal, ada.email)
  const newer = await forget(portal, ada.email)

  assert.notEqual(newer, old)
  assert.equal((await reset(visitor, old)).status, 410)
  clock.forward(HOUR_MS - MINUTE_MS)
  assert.equal((await visitor.openLink(`/reset-password?token=${newer}`)).status, 200)
  clock.forward(2 * MINUTE_MS)
  const late = await visitor.openLink(`/reset-password?token=${newer}`)
  assert.equal(late.status, 410)
  assert.match(late.text, /<form method="post" action="\/forgot-password"/)
  assert.equal((await reset(visitor, newer)).status, 410)
  assert.equal(await canSignIn(portal, ada.email, ada.password), true)
}) // RST-06

test('looking at the link uses nothing up, however often and with whatever', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  const token = await forget(portal, ada.email)

  for (const method of ['get', 'head', 'get', 'head', 'options'] as const) {
    await visitor.request(method, `/reset-password?token=${token}`)
    await visitor.request(method, '/reset-password')
    await portal.openVisitor().openLink(`/reset-password?token=${token}`)
  }

  assert.equal(await canSignIn(portal, ada.email, ada.password), true)
  assert.equal((await reset(visitor, token)).status, 303)
}) // RST-09

for (const page of ['/reset-password', '/verify-email']) {
  test(`the token is out of the address before anything is loaded: ${page}`, async () => {
    await using portal = await openPortal({ people: [ada], settings: behindProxy })
    const { visitor } = portal
    const token = page === '/reset-password' ? await forget(portal, ada.email) : 'no-such-token'

    const left = await visitor.visit(`${page}?token=${token}`)
    assert.deepEqual([left.status, left.headers.location], [303, page])
    const cookie = visitor.cookie(`link-to-${page.slice(1)}`)
    assert.match(cookie?.attributes ?? '', /HttpOnly/)
    assert.match(cookie?.attributes ?? '', /SameSite=Lax/)
    const clean = await visitor.visit(page)
    for (const { headers, text } of [left, clean]) {
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cache-control'], 'no-store')
      assert.doesNotMatch(text, /(src|href|action)="(https?:)?\/\//)
    }
    assert.equal(clean.status, page === '/reset-password' ? 200 : 410)
    assert.match(clean.text, /<form method="post"/)
  }) // RST-10
}

test('a form whose cookies are gone still works, and a link without them leads on', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const token = await forget(portal, ada.email)

  const bare = await portal.openVisitor().visit('/reset-password')
  assert.deepEqual([bare.status, bare.headers.location], [303, '/forgot-password'])
  assert.equal((await reset(portal.openVisitor(), token)).status, 303)
})

test('blank, partial and invented links never match', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const token = await forget(portal, ada.email)
  const { tokenHash } = await portal.database.oneTimeLink.findFirstOrThrow()
  const before = await portal.database.user.findMany()
  const invented = ['', ' ', 'null', 'undefined', '0', '%', '*', token.slice(1), token.slice(0, -1)]
  const similar = [`${token}a`, ` ${token}`, `${token}\0`, token.toUpperCase(), tokenHash, 'a'.repeat(10_000)]

  for (const wrong of [...invented, ...similar]) {
    const opened = await openStranger(portal).openLink(`/reset-password?token=${encodeURIComponent(wrong)}`)
    assert.equal(opened.status, 410, wrong)
    assert.ok([400, 410].includes((await reset(openStranger(portal), wrong)).status), wrong)
    const called = await openStranger(portal).post('/auth/reset-password', {
      token: wrong,
      password: newPassword,
    })
    assert.ok([400, 410, 422].includes(called.status), wrong)
  }
  for (const wrong of [null, ['x'], [token], { not: '' }, { contains: '' }, 7, true, undefined]) {
    const body = { token: wrong, password: newPassword }
    assert.equal((await openStranger(portal).post('/auth/reset-password', body)).status, 422)
  }

  assert.deepEqual(await portal.database.user.findMany(), before)
  assert.equal((await reset(portal.visitor, token)).status, 303)
}) // RST-08

test('the link of one person changes nobody else’s password, and confirms no email', async () => {
  await using portal = await openPortal({
    people: [ada, { ...grace, isVerified: false }],
    settings: behindProxy,
  })
  const token = await forget(portal, ada.email)
  const { id } = await portal.database.user.findUniqueOrThrow({ where: { email: grace.email } })

  const form = { token, password: newPassword, email: grace.email, user_id: id, userId: id }
  assert.equal((await openStranger(portal).submit('/verify-email', form)).status, 410)
  assert.equal((await openStranger(portal).submit('/reset-password', form)).status, 303)

  const user = await portal.database.user.findUniqueOrThrow({ where: { email: grace.email } })
  assert.equal(user.emailVerifiedAt, null)
  assert.equal(await canSignIn(portal, ada.email, newPassword), true)
}) // RST-07

test('a link proves the address that it went to, not the one that the account has by now', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const token = await forget(portal, ada.email)
  await portal.database.user.updateMany({ data: { email: 'ada@elsewhere.example' } })

  assert.equal((await reset(portal.visitor, token)).status, 410)
  assert.equal(await canSignIn(portal, 'ada@elsewhere.example', ada.password), true)
}) // RST-14

test('links cannot be guessed, and what is stored opens nothing', async () => {
  const people = Array.from({ length: 8 }, (_, n) => ({
    ...ada,
    email: `ada${n}@example.com`,
    username: `ada${n}`,
  }))
  await using portal = await openPortal({ people, settings: behindProxy })
  const tokens = []
  for (const { email } of people) tokens.push(await forget(portal, email))

  assert.equal(new Set(tokens).size, 8)
  for (const token of tokens) assert.ok(Buffer.from(token, 'base64url').length >= 16)
  const { database } = portal
  const tables = [database.user, database.oneTimeLink, database.outgoingMail, database.auditEvent] as const
  const stored = JSON.stringify(
    await Promise.all(tables.map((table) => (table as typeof database.user).findMany())),
  )
  assert.match(stored, /ada0@example\.com/)
  for (const token of tokens) assert.ok(!stored.includes(token))
}) // RST-03, RST-04

test('whoever has just reset the password gets in, however many guesses strangers make', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const owner = openStranger(portal)
  for (let round = 0; round < 12; round++) await guess(portal, ada.email)
  assert.equal((await owner.submit('/login', { login: ada.email, password: ada.password })).status, 429)

  await reset(owner, await forget(portal, ada.email))
  for (let round = 0; round < 6; round++) await guess(portal, ada.email)

  assert.equal((await owner.submit('/login', { login: ada.email, password: newPassword })).status, 303)
}) // RST-13
