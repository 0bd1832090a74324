import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { eve, isVerified, mailedToken, signUp } from '../support/sign-up.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'

test('a link works for three days, and a newer one replaces it', async () => {
  // RST-06
  const clock = createTestClock()
  await using portal = await openPortal({ settings: behindProxy, clock })
  const { visitor } = portal
  const old = await signUp(portal, visitor)
  await openStranger(portal).submit('/verify-email/resend', { email: eve.email })
  const newer = await mailedToken(portal)

  assert.notEqual(newer, old)
  assert.equal((await visitor.openLink(`/verify-email?token=${old}`)).status, 410)
  assert.equal((await visitor.submit('/verify-email', { token: old })).status, 410)
  clock.forward(3 * DAY_MS - MINUTE_MS)
  assert.equal((await visitor.openLink(`/verify-email?token=${newer}`)).status, 200)
  clock.forward(2 * MINUTE_MS)
  assert.equal((await visitor.submit('/verify-email', { token: newer, password: eve.password })).status, 410)
  assert.equal(await isVerified(portal), false)
})

test('a link that was used leads to a page with the way on', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal
  const token = await signUp(portal, visitor)
  await visitor.submit('/verify-email', { token })

  for (const answer of [
    await visitor.openLink(`/verify-email?token=${token}`),
    await visitor.submit('/verify-email', { token }),
  ]) {
    assert.equal(answer.status, 410)
    assert.match(answer.text, /no longer works/)
    assert.match(answer.text, /href="\/login"/)
    assert.match(answer.text, /action="\/verify-email\/resend"/)
  }
})

test('blank, partial and invented links never match', async () => {
  // RST-08
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal
  const token = await signUp(portal, visitor)
  const { tokenHash } = await portal.database.oneTimeLink.findFirstOrThrow()
  const before = await portal.database.user.findMany()
  const invented = [
    '',
    ' ',
    'undefined',
    'null',
    '0',
    '%',
    '*',
    token.slice(0, -1),
    token.slice(1),
    `${token}a`,
    ` ${token}`,
    `${token}\0`,
    token.toUpperCase(),
    token.toLowerCase(),
    encodeURIComponent(encodeURIComponent(`${token}=`)),
    tokenHash,
    'a'.repeat(10_000),
    '\ud800',
    "' OR 1=1 --",
  ]
  const noText = [null, ['x'], [token], { not: '' }, { contains: '' }, 7, true, undefined]

  for (const wrong of invented) {
    const from = { 'x-forwarded-for': nextAddress() }
    const page = await visitor.openLink(`/verify-email?token=${encodeURIComponent(wrong.toWellFormed())}`)
    const submitted = await visitor.submit('/verify-email', { token: wrong.toWellFormed() }, from)
    const called = await visitor.post('/auth/verify-email', { token: wrong }, from)
    assert.equal(page.status, 410, wrong)
    assert.match(page.text, /Send me a new link/)
    assert.ok([400, 410].includes(submitted.status), wrong)
    assert.ok([400, 410, 422].includes(called.status), wrong)
  }
  for (const wrong of noText) {
    const called = await visitor.post(
      '/auth/verify-email',
      { token: wrong },
      { 'x-forwarded-for': nextAddress() },
    )
    assert.equal(called.status, 422, JSON.stringify(wrong))
  }
  assert.equal((await visitor.visit('/verify-email?token=a&token=b')).status, 200)

  assert.deepEqual(await portal.database.user.findMany(), before)
  assert.equal((await visitor.submit('/verify-email', { token })).status, 303)
})

test('the link of one person confirms nobody else', async () => {
  // RST-07
  await using portal = await openPortal({ settings: behindProxy })
  const [one, other] = [openStranger(portal), openStranger(portal)]
  const token = await signUp(portal, one)
  await signUp(portal, other, { email: grace.email, password: grace.password })

  await one.submit('/verify-email', { token, email: grace.email, userId: 'x', user_id: 'x' })

  assert.equal(await isVerified(portal), true)
  assert.equal(await isVerified(portal, grace.email), false)
})

test('links cannot be guessed, and what is stored opens nothing', async () => {
  // RST-03, RST-04
  await using portal = await openPortal({ settings: behindProxy })
  const tokens = []
  for (let count = 0; count < 8; count++) {
    tokens.push(await signUp(portal, openStranger(portal), { ...eve, email: `eve${count}@example.com` }))
  }

  assert.equal(new Set(tokens).size, 8)
  for (const token of tokens) assert.ok(Buffer.from(token, 'base64url').length >= 16)
  const { database } = portal
  const stored = JSON.stringify(
    await Promise.all([
      database.user.findMany(),
      database.oneTimeLink.findMany(),
      database.outgoingMail.findMany(),
      database.auditEvent.findMany(),
    ]),
  )
  assert.match(stored, /eve0@example\.com/)
  for (const token of tokens) assert.ok(!stored.includes(token))
})

test('the page of a link tells nobody else about it', async () => {
  // RST-10
  await using portal = await openPortal()
  const token = await signUp(portal, portal.visitor)

  const { headers, text } = await portal.visitor.openLink(`/verify-email?token=${token}`)

  assert.equal(headers['referrer-policy'], 'no-referrer')
  assert.match(headers['cache-control'] ?? '', /no-store/)
  assert.doesNotMatch(text, /(src|href|action)="(https?:)?\/\//)
})
