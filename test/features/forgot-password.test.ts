import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { mask } from '../support/newcomers.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { forget, reset } from '../support/reset.ts'
import { signUp } from '../support/sign-up.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

// As long as Ada's address, so that nothing but the address differs.
const gone = { email: 'bob@example.com', password: ada.password, isActive: false } satisfies Person
const waiting = { email: 'eve@example.com', password: ada.password, isVerified: false } satisfies Person
const googler = { email: 'sam@example.com', password: null } satisfies Person
const unknown = 'max@example.com'

async function openWithEverybody() {
  const portal = await openPortal({ people: [ada, gone, waiting], settings: behindProxy })
  const userId = await portal.addPerson(googler)
  const google = { provider: 'google', subject: '1', userId, email: googler.email }
  await portal.services.repositories.identities.insert(google, new Date())
  return portal
}

test('whoever asks for a link gets the same answer, whether or not there is an account and of what kind', async () => {
  await using portal = await openWithEverybody()

  const answers = []
  for (const email of [ada.email, gone.email, waiting.email, googler.email, unknown]) {
    const visitor = openStranger(portal)
    const page = await visitor.submit('/forgot-password', { email })
    const next = await visitor.visit(page.headers.location ?? '')
    const called = await openStranger(portal).post('/auth/forgot-password', { email })
    answers.push([mask(page, email), mask(next, email), mask(called, email)])
  }

  assert.equal(answers[0]?.[1]?.status, 200)
  assert.match(answers[0]?.[1]?.text ?? '', /If <strong>somebody<\/strong> has an account/)
  for (const answer of answers) assert.deepEqual(answer, answers[0])
}) // RST-01

test('the answer comes before there is any difference between addresses', async () => {
  await using portal = await openWithEverybody()
  const { transact } = portal.world.sql
  const { promise: released, resolve: letGo } = Promise.withResolvers<void>()
  portal.world.sql.transact = async (work) => released.then(() => transact(work))

  for (const email of [ada.email, waiting.email, googler.email, unknown])
    assert.equal((await openStranger(portal).submit('/forgot-password', { email })).status, 303)

  assert.equal(await portal.database.outgoingMail.count(), 0)
  letGo()
  const told = (await portal.mails()).map(({ to }) => to)
  assert.deepEqual(told.toSorted(), [ada.email, googler.email, waiting.email].toSorted())
}) // RST-01

test('everybody gets the email that fits: a link, an explanation, or none', async () => {
  await using portal = await openWithEverybody()
  for (const email of [ada.email, gone.email, waiting.email, googler.email, unknown])
    await openStranger(portal).submit('/forgot-password', { email })

  const own = await portal.findMail(ada.email)
  const theirs = await portal.findMail(googler.email)
  const unproved = await portal.findMail(waiting.email)

  assert.match(own?.subject ?? '', /^Choose a new Gatehouse password$/)
  assert.match(own?.text ?? '', /^Hello Ada Lovelace,/m)
  assert.match(theirs?.subject ?? '', /You sign in to Gatehouse with Google/)
  assert.match(theirs?.text ?? '', /\/reset-password\?token=/)
  assert.match(unproved?.text ?? '', /\/reset-password\?token=/)
  assert.deepEqual([await portal.findMail(gone.email), await portal.findMail(unknown)], [null, null])
  for (const mail of [own, theirs, unproved])
    for (const [link] of mail?.text.matchAll(/https?:\/\/\S+/g) ?? [])
      assert.ok(link.startsWith(portal.baseUrl), link) // RST-02
})

test('whoever was invited and has chosen no password gets the invitation again', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  await portal.addPerson({ ...grace, password: null, isVerified: false })

  await openStranger(portal).submit('/forgot-password', { email: grace.email })

  assert.match((await portal.findMail(grace.email))?.subject ?? '', /Choose a password for your Gatehouse/)
})

test('a mailbox gets three links an hour at most, and the last one stays good', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })
  for (let round = 0; round < 2; round++) await forget(portal, ada.email)
  clock.forward(5 * MINUTE_MS)
  const token = await forget(portal, ada.email)
  for (let round = 0; round < 3; round++)
    await openStranger(portal).post('/auth/forgot-password', { email: ada.email })

  assert.equal((await portal.mails()).length, 3)
  assert.equal((await reset(portal.visitor, token)).status, 303)
  clock.forward(HOUR_MS)
  assert.ok(await forget(portal, ada.email))
}) // RST-13

test('of many requests at once three are met', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  await Promise.all(
    Array.from({ length: 12 }, () =>
      openStranger(portal).post('/auth/forgot-password', { email: ada.email }),
    ),
  )

  assert.equal((await portal.mails()).length, 3)
}) // RST-13

test('whoever floods a mailbox with registrations does not keep its owner from a link', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })
  for (let round = 0; round < 5; round++) {
    await openStranger(portal).submit('/register', { email: ada.email, password: 'stranger than fiction' })
    clock.forward(MINUTE_MS)
  }

  const token = await forget(portal, ada.email)

  assert.equal((await reset(portal.visitor, token)).status, 303)
}) // RST-13

test('wherever a password is wrong or one must wait, the way to a new one is on the page', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const visitor = openStranger(portal)
  const token = await signUp(portal, openStranger(portal))
  const pages = [await visitor.visit('/login')]
  for (let round = 0; round < 7; round++)
    pages.push(await visitor.submit('/login', { login: ada.email, password: 'not this one' }))
  pages.push(await openStranger(portal).submit('/verify-email', { token, password: 'not this one' }))

  assert.deepEqual([...new Set(pages.map(({ status }) => status))], [200, 422, 429])
  for (const { text } of pages) assert.match(text, /href="\/forgot-password[?"]/)
})

test('the address, and the page that was wanted, are kept on the way', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  const where = { return_to: '/account?tab=1' }
  await visitor.submit('/login', { login: ada.email, password: 'not this one', ...where })

  const page = await visitor.visit('/forgot-password?return_to=%2Faccount%3Ftab%3D1')
  assert.match(page.text, /value="ada@example\.com"/)
  assert.match(page.text, /name="return_to" value="\/account\?tab=1"/)
  const sent = await visitor.submit('/forgot-password', { email: ada.email, ...where })
  assert.match(
    (await visitor.visit(sent.headers.location ?? '')).text,
    /name="return_to" value="\/account\?tab=1"/,
  )
  const done = await visitor.openLink(await portal.linkMailedTo(ada.email))
  assert.match(done.text, /Choose a new password/)
  const [, token = ''] = /name="token" value="([^"]+)"/.exec(done.text) ?? []
  const changed = await reset(visitor, token)
  assert.equal(changed.headers.location, '/login?return_to=%2Faccount%3Ftab%3D1')
})

test('a mistyped address comes back to be corrected, and a visit without one starts afresh', async () => {
  await using portal = await openPortal()
  const answer = await portal.visitor.submit('/forgot-password', { email: 'ada at example' })
  assert.equal(answer.status, 422)
  assert.match(answer.text, /value="ada at example"/)
  assert.match(answer.text, /Enter one email address/)
  const early = await portal.visitor.visit('/forgot-password/sent')
  assert.deepEqual([early.status, early.headers.location], [303, '/forgot-password'])
  const called = await portal.client.post('/auth/forgot-password', { email: 'ada at example' })
  assert.deepEqual([called.status, called.body.errors[0].field], [422, 'email'])
})

test('a portal that sends no email says so, and does not offer a link', async () => {
  await using portal = await openSilent()

  assert.doesNotMatch((await portal.visitor.visit('/login')).text, /forgot-password/)
  for (const answer of [
    await portal.visitor.visit('/forgot-password'),
    await portal.visitor.submit('/forgot-password', { email: ada.email }),
  ]) {
    assert.equal(answer.status, 403)
    assert.match(answer.text, /This portal sends no email/)
  }
  assert.equal((await portal.client.post('/auth/forgot-password', { email: ada.email })).status, 403)
})

function openSilent(): Promise<Portal> {
  const silent = { NODE_ENV: 'production', EMAIL_VERIFICATION: 'optional', REGISTRATION: 'open' }
  return openPortal({ people: [ada], settings: { ...silent, BASE_URL: 'http://localhost' } })
}
