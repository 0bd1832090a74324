import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { mask, newcomer, password, register, unproved } from '../support/newcomers.ts'
import { idOf } from '../support/office.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

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

test('whoever forgot that they have an account reads how they sign in', async () => {
  await using portal = await openPortal({
    people: [ada, { ...grace, password: null }],
    settings: behindProxy,
  })
  const [byPassword, byGoogle] = [await idOf(portal, ada), await idOf(portal, grace)]
  for (const userId of [byPassword, byGoogle]) {
    const identity = { provider: 'google', subject: userId, userId, email: `${userId}@gmail.com` }
    await portal.services.repositories.identities.insert(identity, new Date())
  }

  await register(portal, { email: ada.email })
  await register(portal, { email: grace.email })

  const sentence = async (email: string) =>
    /If it was you.*/.exec((await portal.findMail(email))?.text ?? '')?.[0]
  assert.equal(await sentence(ada.email), 'If it was you, sign in instead, with your password or Google:')
  assert.equal(await sentence(grace.email), 'If it was you, sign in instead, with Google:')
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

test('where people are let in at once, an unproved address opens nothing but the way to prove it', async () => {
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

test('where people are let in at once, a known address is said to be known', async () => {
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

test('each event is recorded once, together with its change', async () => {
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
  await visitor.openLink(link)
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
