import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  askFor,
  confirmByCode,
  listEmails,
  moveTo,
  newEmail,
  openMember,
  tokenMailedTo,
} from '../support/email-change.ts'
import { letProofsAge, readHiddenFields } from '../support/freshness.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn } from '../support/reset.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { openWorkers, visit } from '../support/workers.ts'

const settings = behindProxy

test('I move to another address with the code from it; until then the old one counts, from then on the new one', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)

  const asked = await askFor(visitor, ' Ada.King@Example.com ')
  const waiting = await visitor.visit('/account/email')
  assert.deepEqual([asked.status, asked.headers.location], [303, '/account/email'])
  assert.match(
    waiting.text,
    /Enter the 6-digit code from our email to <strong>ada\.king@example\.com<\/strong>/,
  )
  assert.deepEqual(await listEmails(portal), [ada.email])
  assert.equal(await canSignIn(portal, newEmail, ada.password), false)
  assert.equal(await canSignIn(portal, ada.email, ada.password), true)

  const confirmed = await confirmByCode(portal, visitor)

  assert.deepEqual([confirmed.status, confirmed.headers.location], [303, '/account'])
  assert.match((await visitor.visit('/account')).text, /Your email is now ada\.king@example\.com\./)
  assert.deepEqual(await listEmails(portal), [newEmail])
  assert.equal(await canSignIn(portal, newEmail, ada.password), true)
  assert.equal(await canSignIn(portal, ada.email, ada.password), false)
  assert.match(
    (await visitor.visit('/account/email')).text,
    /You sign in with <strong>ada\.king@example\.com/,
  )
}) // RST-15

test('I move with the link; the token leaves the address, and opening it changes nothing, signed out or not', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)
  await askFor(visitor)
  const token = await tokenMailedTo(portal, newEmail, '/account/email/confirm')
  const elsewhere = openStranger(portal)

  const left = await elsewhere.visit(`/account/email/confirm?token=${token}`)
  assert.deepEqual([left.status, left.headers.location], [303, '/account/email/confirm'])
  assert.equal(left.headers['referrer-policy'], 'no-referrer')
  const stopped = await elsewhere.visit('/account/email/confirm')
  assert.equal(stopped.headers.location, '/login?return_to=%2Faccount%2Femail%2Fconfirm')
  await elsewhere.submit('/login', { login: ada.email, password: ada.password })
  const page = await elsewhere.visit('/account/email/confirm')
  assert.match(page.text, /From now on you sign in with <strong>ada\.king@example\.com/)
  assert.deepEqual(await listEmails(portal), [ada.email])

  const answer = await elsewhere.submit('/account/email/confirm', readHiddenFields(page.text))

  assert.deepEqual([answer.status, answer.headers.location], [303, '/account'])
  assert.deepEqual(await listEmails(portal), [newEmail])
  assert.match((await visitor.visit('/account')).text, /ada\.king@example\.com/)
  const again = await elsewhere.submit('/account/email/confirm', { token })
  assert.equal(again.status, 410)
}) // RST-09, RST-10

test('a program moves its owner with the code and with the link, and calls it off', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const { client } = portal
  const { body } = await client.post('/auth/login', { login: ada.email, password: ada.password })
  const secret = body.session.id

  const asked = await client.post('/auth/change-email', { email: newEmail }, secret)
  assert.deepEqual([asked.status, asked.body], [202, { status: 'verification_sent', email: newEmail }])
  const code = await portal.codeMailedTo(newEmail)
  const confirmed = await client.post('/auth/change-email/confirm', { code }, secret)
  assert.deepEqual(
    [confirmed.status, confirmed.body.status, confirmed.body.user.email],
    [200, 'email_changed', newEmail],
  )
  assert.equal((await client.get('/auth/me', secret)).body.user.email, newEmail)

  await client.post('/auth/change-email', { email: ada.email }, secret)
  const token = await tokenMailedTo(portal, ada.email, '/account/email/confirm')
  assert.equal((await client.call('delete', '/auth/change-email', secret)).status, 204)
  assert.equal((await client.post('/auth/change-email/confirm', { token }, secret)).body.code, 'link_expired')
  assert.deepEqual(await listEmails(portal), [newEmail])
})

test('whoever signed in a while ago proves it again first, and goes on with what was typed', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)
  const { body } = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })
  await letProofsAge(portal)

  const refused = await portal.client.post('/auth/change-email', { email: newEmail }, body.session.id)
  const stopped = await askFor(visitor)

  assert.deepEqual([refused.status, refused.body.code], [403, 'reauthentication_required'])
  assert.equal(stopped.status, 403)
  assert.equal(await portal.findMail(newEmail), null)
  const fields = readHiddenFields(stopped.text)
  const proved = await visitor.submit('/reauthenticate', { ...fields, password: ada.password })
  assert.deepEqual(readHiddenFields(proved.text), { email: newEmail })
  assert.match(proved.text, /action="\/account\/email"/)
}) // RST-15

test('the old address hears at once that a change was asked for, and again when it happened, but not to where', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)

  await askFor(visitor)
  const asked = await portal.findMail(ada.email)
  await confirmByCode(portal, visitor)
  const changed = await portal.findMail(ada.email)

  assert.match(asked?.subject ?? '', /Your Gatehouse email is about to change/)
  assert.match(changed?.subject ?? '', /Your Gatehouse email was changed/)
  for (const mail of [asked, changed]) {
    assert.match(
      mail?.text ?? '',
      /Hello Ada Lovelace,[\s\S]*Device: Firefox on Linux\nIP address: 10\.[\s\S]*\/undo-email-change\?token=/,
    )
    assert.doesNotMatch(`${mail?.text} ${mail?.html}`, /ada\.king/)
  }
  assert.doesNotMatch((await portal.findMail(newEmail))?.text ?? '', /Lovelace|ada@example/)
}) // RST-15

test('an address that has an account looks like one that has none; its owner gets an email that opens nothing', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings })
  const [one, other] = [await openMember(portal), await openMember(portal)]

  const free = await askFor(one)
  const freePage = await one.visit('/account/email')
  const wrongForFree = await one.submit('/account/email/code', { email: newEmail, code: '000000' })
  const taken = await askFor(other, grace.email)
  const takenPage = await other.visit('/account/email')
  const wrongForTaken = await other.submit('/account/email/code', { email: grace.email, code: '000000' })

  assert.deepEqual([free.status, free.headers.location], [taken.status, taken.headers.location])
  assert.equal(freePage.text.replaceAll(newEmail, 'X'), takenPage.text.replaceAll(grace.email, 'X'))
  assert.equal(wrongForFree.status, 422)
  assert.equal(wrongForFree.text.replaceAll(newEmail, 'X'), wrongForTaken.text.replaceAll(grace.email, 'X'))
  const mail = await portal.findMail(grace.email)
  assert.match(mail?.subject ?? '', /Your email already has a Gatehouse account/)
  assert.doesNotMatch(mail?.text ?? '', /token=|^\d{6}$|Lovelace|ada@/m)
  assert.deepEqual(await listEmails(portal), [ada.email, grace.email])
})

test('whatever is tried with the token of one account confirms no address of another', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings })
  const [visitor, other] = [await openMember(portal), await openMember(portal, grace)]
  await askFor(visitor)
  const token = await tokenMailedTo(portal, newEmail, '/account/email/confirm')
  const code = await portal.codeMailedTo(newEmail)

  await askFor(other, 'hopper@example.com')
  const byLink = await other.submit('/account/email/confirm', { token, email: 'hopper@example.com' })
  const byCode = await other.submit('/account/email/code', { email: newEmail, code })
  const ofOther = await other.submit('/account/email/code', { email: 'hopper@example.com', code })
  await askFor(visitor, 'lovelace@example.com')
  const replaced = await visitor.submit('/account/email/confirm', { token })
  const oldCode = await visitor.submit('/account/email/code', { email: 'lovelace@example.com', code })

  assert.deepEqual([byLink.status, replaced.status, ofOther.status, oldCode.status], [409, 410, 422, 422])
  assert.deepEqual([byCode.status, byCode.headers.location], [303, '/account/email'])
  assert.deepEqual(await listEmails(portal), [ada.email, grace.email])
}) // RST-14

test('a blank or partial token, or none, confirms nothing', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)
  await askFor(visitor)
  const token = await tokenMailedTo(portal, newEmail, '/account/email/confirm')

  for (const wrong of ['', token.slice(0, -1), `${token}A`, token.toLowerCase()])
    assert.equal((await visitor.submit('/account/email/confirm', { token: wrong })).status, 410)
  for (const wrong of ['', '0', '      ', '12345x'])
    assert.equal((await visitor.submit('/account/email/code', { email: newEmail, code: wrong })).status, 422)
  assert.deepEqual(await listEmails(portal), [ada.email])
}) // RST-08

test('a day later neither the code nor the link works', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)
  await askFor(visitor)
  const token = await tokenMailedTo(portal, newEmail, '/account/email/confirm')
  const code = await portal.codeMailedTo(newEmail)
  const { expiresAt, createdAt } = await portal.database.oneTimeLink.findFirstOrThrow({
    where: { kind: 'change-email' },
  })
  assert.equal(expiresAt.getTime() - createdAt.getTime(), 24 * 60 * 60 * 1000)
  await portal.database.oneTimeLink.updateMany({ data: { expiresAt: new Date() } })

  await visitor.submit('/account/email/code', { email: newEmail, code })
  assert.equal((await visitor.submit('/account/email/confirm', { token })).status, 410)

  assert.match((await visitor.visit('/account/email')).text, /Change your email/)
  assert.deepEqual(await listEmails(portal), [ada.email])
}) // RST-06

test('by the time the answer comes, every process shows the new address, and links to the old one are dead', async () => {
  await using workers = await openWorkers({ settings })
  const { one, other } = workers
  const elsewhere = await workers.signIn(other)
  await visit(other, elsewhere)
  await openStranger(one).submit('/forgot-password', { email: ada.email })
  const reset = await tokenMailedTo(one, ada.email, '/reset-password')
  const visitor = await openMember(one)

  await moveTo(one, visitor)

  assert.equal((await other.client.get('/auth/me', elsewhere)).body.user.email, newEmail)
  const answer = await openStranger(other).submit('/reset-password', {
    token: reset,
    password: 'granite teapot harbour',
  })
  assert.equal(answer.status, 410)
})

test('a change is acknowledged only when a process shows it that Redis does not reach', async () => {
  await using workers = await openWorkers({ settings: { ...settings, SESSION_LEASE: '1s' } })
  const { one, other } = workers
  const elsewhere = await workers.signInAndVisit()
  await visit(other, elsewhere)
  const visitor = await openMember(one)
  await askFor(visitor)

  one.redisLine.cut()
  const answer = await confirmByCode(one, visitor)

  assert.equal(answer.headers.location, '/account')
  assert.equal((await other.client.get('/auth/me', elsewhere)).body.user.email, newEmail)
}) // K4

test('the code sent twice is as good as once', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)
  await askFor(visitor)
  const form = { email: newEmail, code: await portal.codeMailedTo(newEmail) }

  const answers = [
    await visitor.submit('/account/email/code', form),
    await visitor.submit('/account/email/code', form),
  ]

  for (const { headers } of answers) assert.equal(headers.location, '/account')
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.email_changed' } }), 1)
})
