import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askFor, confirmByCode, listEmails, newEmail, openMember } from '../support/email-change.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { canSignIn } from '../support/reset.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import type { Visitor } from '../support/visitor.ts'

const settings = behindProxy
const countMailsTo = async (portal: Portal, to: string) =>
  (await portal.mails()).filter((mail) => mail.to === to).length

test('five codes are looked at for one address, then the link is left; asking again gives no more', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings })

  for (const email of [newEmail, grace.email]) {
    const visitor = await openMember(portal)
    await askFor(visitor, email)
    const type = (code: string) => visitor.submit('/account/email/code', { email, code })
    for (let guess = 0; guess < 5; guess++)
      assert.match((await type(`00000${guess}`)).text, /That code isn’t right/)
    assert.match((await type('000006')).text, /Too many codes have been tried/)
    await askFor(visitor, email)
    assert.match((await type('000007')).text, /Too many codes have been tried/)
  }

  const visitor = await openMember(portal)
  await askFor(visitor)
  assert.equal((await confirmByCode(portal, visitor)).status, 422)
  assert.deepEqual(await listEmails(portal), [ada.email, grace.email])
})

test('the API stops guesses as well', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const { client } = portal
  const { body } = await client.post('/auth/login', { login: ada.email, password: ada.password })
  await client.post('/auth/change-email', { email: newEmail }, body.session.id)
  const codes: string[] = []

  for (let guess = 0; guess < 6; guess++) {
    const answer = await client.post('/auth/change-email/confirm', { code: `00000${guess}` }, body.session.id)
    codes.push(`${answer.status} ${answer.body.errors?.[0]?.code}`)
  }

  assert.deepEqual(codes, [...Array(5).fill('422 wrong'), '422 no_tries_left'])
})

test('an account asks five times an hour, and its owner hears of every address', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)

  for (let count = 1; count <= 5; count++)
    assert.equal((await askFor(visitor, `ada-${count}@example.com`)).status, 303)
  const stopped = await askFor(visitor, 'ada-6@example.com')

  assert.equal(stopped.status, 429)
  assert.match(stopped.text, /value="ada-6@example\.com"/)
  assert.match(stopped.text, /Please wait 60 minutes/)
  assert.equal(await countMailsTo(portal, ada.email), 5)
  assert.equal(await portal.findMail('ada-6@example.com'), null)
})

test('three emails an hour go to a new address, whoever asks, and nobody is told; the last one stays good', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings })
  const [visitor, other] = [await openMember(portal), await openMember(portal, grace)]

  const answers = [await askFor(visitor), await askFor(visitor), await askFor(visitor), await askFor(visitor)]
  await portal.mails()
  answers.push(await askFor(other))

  for (const { status, headers } of answers)
    assert.deepEqual([status, headers.location], [303, '/account/email'])
  assert.equal(await countMailsTo(portal, newEmail), 3)
  assert.equal(await countMailsTo(portal, ada.email), 1)
  assert.equal((await confirmByCode(portal, visitor)).headers.location, '/account')
}) // RST-13

test('three emails an hour go to the owner of an address that others want', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings })
  const visitor = await openMember(portal)

  for (let count = 0; count < 4; count++) {
    await askFor(visitor, grace.email)
    await portal.mails()
  }

  assert.equal(await countMailsTo(portal, grace.email), 3)
}) // RST-13

test('where the portal sends no email there is no change of email, and both doors say so', async () => {
  const silent = {
    ...settings,
    NODE_ENV: 'production',
    BASE_URL: 'https://portal.test',
    EMAIL_VERIFICATION: 'optional',
    REGISTRATION: 'open',
    SECRET_KEY: 'x'.repeat(48),
  }
  await using portal = await openPortal({ people: [ada], settings: silent })
  const visitor = portal.openVisitor({ 'x-forwarded-proto': 'https' })
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  const { client } = portal
  const { body } = await client.post('/auth/login', { login: ada.email, password: ada.password })

  assert.doesNotMatch((await visitor.visit('/account')).text, /\/account\/email/)
  const page = await visitor.visit('/account/email')
  const sent = await askFor(visitor)
  const called = await client.post('/auth/change-email', { email: newEmail }, body.session.id)

  for (const answer of [page, sent]) {
    assert.equal(answer.status, 403)
    assert.match(answer.text, /This portal sends no email/)
  }
  assert.deepEqual([called.status, called.body.detail], [403, 'This portal sends no email.'])
  assert.equal(await portal.database.oneTimeLink.count(), 0)
})

test('whoever never confirmed the address they registered moves to one they read, and nobody is written to at the first', async () => {
  const open = { ...settings, REGISTRATION: 'open', EMAIL_VERIFICATION: 'optional' }
  await using portal = await openPortal({ people: [], settings: open })
  const visitor = openStranger(portal)
  await visitor.post('/auth/register', { ...ada, display_name: 'Ada', username: 'ada' })
  const before = await countMailsTo(portal, ada.email)

  await askFor(visitor)
  await confirmByCode(portal, visitor)

  assert.equal(await countMailsTo(portal, ada.email), before)
  const user = await portal.database.user.findFirstOrThrow()
  assert.deepEqual([user.email, user.username, user.emailVerifiedAt !== null], [newEmail, 'ada', true])
  assert.equal(await portal.database.oneTimeLink.count(), 0)
  assert.equal(await canSignIn(portal, newEmail, ada.password), true)
})

test('where accounts are used unconfirmed, one that has the address stays, and whoever proves it is told so', async () => {
  const open = { ...settings, REGISTRATION: 'open', EMAIL_VERIFICATION: 'optional' }
  await using portal = await openPortal({ people: [ada], settings: open })
  const visitor = await openMember(portal)
  await askFor(visitor)
  const code = await portal.codeMailedTo(newEmail)
  await openStranger(portal).post('/auth/register', { ...grace, email: newEmail })

  const answer = await visitor.submit('/account/email/code', { email: newEmail, code })

  assert.equal(answer.headers.location, '/account/email')
  assert.match((await visitor.visit('/account/email')).text, /That email has an account of its own by now/)
  assert.deepEqual(await listEmails(portal), [ada.email, newEmail])
})

test('an invited address gets its invitation again, and stays invited', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  await portal.addPerson({ email: newEmail, password: null, isVerified: false })
  const visitor = await openMember(portal)

  assert.equal((await askFor(visitor)).status, 303)

  assert.equal((await portal.mails()).filter(({ to }) => to === newEmail).length, 1)
  assert.match((await portal.findMail(newEmail))?.text ?? '', /\/verify-email\?token=/)
})

test('the data I download does not tell either whether an address has an account, however often I ask for it', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings })
  const readLink = async (visitor: Visitor) => {
    const { one_time_links: links } = JSON.parse((await visitor.visit('/account/data/download')).text)
    return links.find(({ kind }: { kind: string }) => kind === 'change-email')
  }

  for (const email of [newEmail, grace.email]) {
    const visitor = await openMember(portal)
    const seen: object[] = []
    for (let time = 0; time < 2; time++) {
      await askFor(visitor, email)
      const before = await readLink(visitor)
      await portal.mails()
      assert.deepEqual(await readLink(visitor), before, email)
      seen.push(before)
    }
    assert.notDeepEqual(seen[0], seen[1], email)
  }
})
