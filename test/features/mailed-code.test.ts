import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'
import type { Visitor } from '../support/visitor.ts'

const eve = { email: 'eve@example.com', password: 'copper lantern orbit' }

async function isVerified({ database }: Portal, email = eve.email): Promise<boolean> {
  return (await database.user.findUniqueOrThrow({ where: { email } })).emailVerifiedAt !== null
}

function toWrongCode(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}

/** From an address where nobody was before: what is counted here is the registration, not the client. */
function tryCode(visitor: Visitor, code: string, email = eve.email) {
  return visitor.submit('/verify-email/code', { email, code }, { 'x-forwarded-for': nextAddress() })
}

test('from the empty form to the account: two fields and a code, one password, three clicks', async () => {
  await using portal = await openPortal()
  const { visitor } = portal
  const form = await visitor.visit('/register?return_to=%2Faccount%3Ftab%3D1')
  const fields = [...form.text.matchAll(/<input[^>]*?\sname="([^"]+)"/g)].map(([, name]) => name)
  assert.deepEqual(fields, ['return_to', 'email', 'password'])

  await visitor.submit('/register', { ...eve, return_to: '/account?tab=1' })
  const waiting = await visitor.visit('/registered')
  assert.match(
    waiting.text,
    /<input[^>]*name="code"[^>]*autocomplete="one-time-code"[^>]*inputmode="numeric"/,
  )
  const code = await portal.codeMailedTo(eve.email)
  const entered = await visitor.submit('/verify-email/code', {
    email: eve.email,
    code: `${code.slice(0, 3)} ${code.slice(3)}`,
  })

  assert.equal(entered.status, 303)
  assert.equal(entered.headers.location, '/account?tab=1')
  assert.match((await visitor.visit('/account')).text, /Your email is confirmed\./)
  assert.equal(await isVerified(portal), true)
  const session = await portal.database.session.findFirstOrThrow()
  assert.equal(session.method, 'email')
})

test('a code counts only in the browser that registered, with whatever else it is sent', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  await openStranger(portal).submit('/register', eve)
  const code = await portal.codeMailedTo(eve.email)
  const [nobody, somebodyElse] = [openStranger(portal), openStranger(portal)]
  await somebodyElse.submit('/register', { ...grace, displayName: '' })

  for (const visitor of [nobody, somebodyElse]) {
    const page = await tryCode(visitor, code)
    const body = { ...eve, code }
    const called = await visitor.post('/auth/verify-email', body, { 'x-forwarded-for': nextAddress() })
    assert.deepEqual([page.status, called.status, called.body.errors[0].field], [422, 422, 'code'])
    assert.equal(visitor.sessionSecret(), null)
  }
  assert.equal(await isVerified(portal), false)
  assert.doesNotMatch((await nobody.visit('/registered')).text, /name="code"/)
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`a registration has five tries, new, known or invited, one by one or all at once: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({
      people: [ada, { email: 'invited@example.com', password: null, isVerified: false }],
      settings: { ...behindProxy, ...store.settings },
    })
    const answersTo = []
    for (const email of [eve.email, ada.email, 'invited@example.com']) {
      const visitor = openStranger(portal)
      await visitor.submit('/register', { email, password: eve.password })
      const right = email === eve.email ? await portal.codeMailedTo(email) : '123456'
      const hashes = countHashes(portal)
      const answers = []
      for (let round = 0; round < 5; round++) answers.push(await tryCode(visitor, toWrongCode(right), email))
      answers.push(await tryCode(visitor, right, email))
      assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
      answersTo.push(answers.map(({ status, text }) => [status, text.replaceAll(email, 'somebody')]))
    }
    assert.equal(await isVerified(portal), false)
    assert.match(String(answersTo[0]?.[4]?.[1]), /That code isn’t right/)
    assert.match(String(answersTo[0]?.[5]?.[1]), /Too many codes have been tried/)
    assert.deepEqual(answersTo[1], answersTo[0])
    assert.deepEqual(answersTo[2], answersTo[0])

    const racer = openStranger(portal)
    await racer.submit('/register', { ...grace, displayName: '', username: '' })
    const wrong = toWrongCode(await portal.codeMailedTo(grace.email))
    const atOnce = await Promise.all(Array.from({ length: 12 }, () => tryCode(racer, wrong, grace.email)))
    const looked = atOnce.filter(({ text }) => text.includes('That code isn’t right')).length
    assert.ok(looked > 0 && looked <= 5, `${looked} of twelve codes were looked at`)
  })

  test(`of twenty that type one code at once exactly one gets in: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: { ...behindProxy, ...store.settings } })
    await portal.visitor.submit('/register', eve)
    const code = await portal.codeMailedTo(eve.email)

    const answers = await Promise.all(Array.from({ length: 20 }, () => tryCode(portal.visitor, code)))

    assert.equal(answers.filter(({ status }) => status === 303).length, 1)
    assert.equal(await portal.database.session.count(), 1)
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.email_verified' } }), 1)
  })
}

test('a code and its link end each other, and a newer mail ends both', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal
  await visitor.submit('/register', eve)
  const [oldCode, oldLink] = [await portal.codeMailedTo(eve.email), await portal.linkMailedTo(eve.email)]
  await openStranger(portal).submit('/verify-email/resend', { email: eve.email })
  const [code, link] = [await portal.codeMailedTo(eve.email), await portal.linkMailedTo(eve.email)]

  if (oldCode !== code) assert.equal((await tryCode(visitor, oldCode)).status, 422)
  assert.equal((await visitor.openLink(oldLink)).status, 410)
  assert.equal((await tryCode(visitor, code)).status, 303)
  assert.equal((await openStranger(portal).openLink(link)).status, 410)
})

test('a code belongs to the registration that it was mailed for, and to none after it', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ settings: behindProxy, clock })
  const { visitor } = portal
  for (let mails = 0; mails < 3; mails++) {
    await visitor.submit('/register', eve)
    clock.forward(2 * MINUTE_MS)
  }
  const code = await portal.codeMailedTo(eve.email)

  // The mailbox gets no further mail: a new registration must not bring five new tries for the same code.
  await visitor.submit('/register', eve)
  assert.equal((await tryCode(visitor, code)).status, 422)

  clock.forward(HOUR_MS)
  await visitor.submit('/verify-email/resend', { email: eve.email })
  assert.equal((await tryCode(visitor, await portal.codeMailedTo(eve.email))).status, 303)
})

test('somebody who registers over and over to guess codes is stopped, and the links go on working', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const from = { 'x-forwarded-for': nextAddress() }
  const guess = async (email: string) => {
    const visitor = openStranger(portal)
    await visitor.submit('/register', { ...eve, email })
    const wrong = toWrongCode(await portal.codeMailedTo(email))
    for (let tries = 0; tries < 4; tries++) {
      await portal.database.attemptCount.deleteMany({ where: { key: { startsWith: 'address:' } } })
      const { status } = await visitor.submit('/verify-email/code', { email, code: wrong }, from)
      if (status === 429) return { visitor, email }
    }
    return null
  }

  const stops = []
  for (let round = 0; round < 6; round++) stops.push(await guess(`eve${round}@example.com`))

  assert.deepEqual(stops.slice(0, 5), [null, null, null, null, null])
  const { visitor, email } = stops[5] ?? assert.fail('twenty wrong codes from one address were not enough')
  const link = await portal.linkMailedTo(email)
  const token = new URL(link, portal.baseUrl).searchParams.get('token') ?? ''
  assert.equal((await visitor.submit('/verify-email', { token })).status, 303)
})

test('strangers who try codes keep nobody else from confirming', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor } = portal
  await visitor.submit('/register', eve)
  const code = await portal.codeMailedTo(eve.email)
  const stranger = openStranger(portal)
  await stranger.submit('/register', { ...eve, email: 'mallory@example.com' })

  for (let tries = 0; tries < 60; tries++) await tryCode(stranger, toWrongCode(code))
  for (let tries = 0; tries < 250; tries++) await tryCode(stranger, '123456', `a${tries}@example.com`)

  assert.equal((await tryCode(visitor, code)).status, 303)
  assert.equal(await isVerified(portal), true)
})

test('what is stored of a code does not give it away', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  await portal.visitor.submit('/register', eve)
  const code = await portal.codeMailedTo(eve.email)
  const link = await portal.database.oneTimeLink.findFirstOrThrow()
  const mail = await portal.database.outgoingMail.findFirstOrThrow()

  assert.match(link.codeHash ?? '', /^[\w-]{43}$/)
  assert.ok(!JSON.stringify(link).includes(`"${code}"`))
  assert.ok(!mail.payload.includes(code))
})

test('a program that keeps its cookies confirms with the code as well', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  const { visitor, client } = portal
  await visitor.post('/auth/register', { ...eve, full_name: 'Eve' })
  const code = await portal.codeMailedTo(eve.email)

  const wrong = await visitor.post('/auth/verify-email', { email: eve.email, code: toWrongCode(code) })
  const right = await visitor.post('/auth/verify-email', { email: eve.email, code })

  assert.deepEqual([wrong.status, wrong.body.errors[0].code], [422, 'wrong'])
  assert.deepEqual([right.status, right.body.status, right.body.user.display_name], [200, 'verified', 'Eve'])
  assert.equal((await client.get('/auth/me', right.body.session.id)).status, 200)
  assert.equal((await visitor.post('/auth/verify-email', { email: eve.email })).status, 422)
})

test('an outage of Redis gives nobody another try', async () => {
  await using store = await (stores[1] ?? assert.fail()).open()
  await using portal = await openPortal({ settings: { ...behindProxy, ...store.settings } })
  const { visitor } = portal
  await visitor.submit('/register', eve)
  const code = await portal.codeMailedTo(eve.email)

  for (let round = 0; round < 3; round++) await tryCode(visitor, toWrongCode(code))
  await store.redis?.close()
  for (let round = 0; round < 2; round++) await tryCode(visitor, toWrongCode(code))

  assert.match((await tryCode(visitor, code)).text, /Too many codes have been tried/)
  assert.equal(await isVerified(portal), false)
})
