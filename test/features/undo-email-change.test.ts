import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../../src/domain/time.ts'
import {
  askFor,
  listEmails,
  moveTo,
  newEmail,
  openMember,
  tokenMailedTo,
  undo,
  undoToken,
} from '../support/email-change.ts'
import { disown, notMeToken } from '../support/not-me.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, newPassword, reset } from '../support/reset.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { openWorkers, visit } from '../support/workers.ts'

const settings = behindProxy
const third = 'countess@example.com'

test('the link in the first email cancels a change that is waiting, without signing in, and opening it does nothing', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const thief = await openMember(portal)
  await askFor(thief)
  const code = await portal.codeMailedTo(newEmail)
  const confirm = await tokenMailedTo(portal, newEmail, '/account/email/confirm')
  const owner = openStranger(portal)

  const left = await owner.visit(`/undo-email-change?token=${await undoToken(portal)}`)
  assert.deepEqual([left.status, left.headers.location], [303, '/undo-email-change'])
  const page = await owner.visit('/undo-email-change')
  assert.match(page.text, /Cancel the change of your email/)
  assert.match((await thief.visit('/account/email')).text, /Enter the 6-digit code/)
  const answer = await undo(owner, await undoToken(portal))

  assert.deepEqual([answer.status, answer.headers.location], [303, '/forgot-password'])
  const next = await owner.visit('/forgot-password')
  assert.match(next.text, /Your email stays ada@example\.com\./)
  assert.match(next.text, /value="ada@example\.com"/)
  await thief.submit('/account/email/code', { email: newEmail, code })
  await thief.submit('/account/email/confirm', { token: confirm })
  assert.deepEqual(await listEmails(portal), [ada.email])
  assert.match((await portal.findMail(ada.email))?.subject ?? '', /Your Gatehouse email stays as it is/)
}) // RST-15

for (const first of [true, false]) {
  test(`the link in the ${first ? 'first' : 'second'} email brings the address back and ends every session and token, in every process`, async () => {
    await using workers = await openWorkers({ settings })
    const { one, other } = workers
    const thief = await openMember(one)
    await askFor(thief)
    const early = await undoToken(one)
    await thief.submit('/account/email/code', { email: newEmail, code: await one.codeMailedTo(newEmail) })
    const late = await undoToken(one)
    const { body } = await openStranger(other).post('/auth/login', {
      login: newEmail,
      password: ada.password,
    })
    const since = body.session.id
    const { access, refresh } = await createTokenProgram(other)
      .exchange(since, { scope: 'account:read offline_access' })
      .then(({ body }) => ({ access: body.access_token, refresh: body.refresh_token }))
    for (const worker of [one, other]) assert.equal(await visit(worker, since), 'welcome')

    const answer = await undo(openStranger(other), first ? early : late)

    assert.equal(answer.status, 303)
    assert.deepEqual(await listEmails(one), [ada.email])
    assert.match((await one.findMail(ada.email))?.subject ?? '', /Your Gatehouse email is back/)
    for (const worker of [one, other])
      for (const secret of [since, thief.sessionSecret() ?? '', access])
        assert.equal(await visit(worker, secret), '401 session_ended')
    assert.equal((await createTokenProgram(one).refresh(refresh)).body.error, 'invalid_grant')
    assert.equal(await canSignIn(other, newEmail, ada.password), false)
    assert.equal(await canSignIn(one, ada.email, ada.password), true)
    assert.match(
      (await one.findMail(newEmail))?.subject ?? '',
      /A Gatehouse account no longer has this email/,
    )
    for (const token of [early, late]) assert.equal((await undo(openStranger(one), token)).status, 410)
  }) // RST-15
}

test('an undo is acknowledged only when no process accepts a session from before, with Redis cut off at one of them', async () => {
  await using workers = await openWorkers({ settings: { ...settings, SESSION_LEASE: '1s' } })
  const { one, other } = workers
  const thief = await openMember(one)
  const secret = thief.sessionSecret() ?? ''
  await moveTo(one, thief)
  const token = await undoToken(one)
  for (const worker of [one, other]) assert.equal(await visit(worker, secret), 'welcome')

  one.redisLine.cut()
  const answer = await undo(openStranger(one), token)

  assert.equal(answer.status, 303)
  for (const worker of [one, other]) assert.equal(await visit(worker, secret), '401 session_ended')
}) // K4

test('after two changes in a row the first mailbox still gets its account back, and the second one no more', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const thief = await openMember(portal)
  await moveTo(portal, thief)
  const first = await undoToken(portal)
  await moveTo(portal, thief, third)
  const second = await undoToken(portal, newEmail)
  assert.deepEqual(await listEmails(portal), [third])

  assert.equal((await undo(openStranger(portal), first)).status, 303)

  assert.deepEqual(await listEmails(portal), [ada.email])
  assert.equal((await undo(openStranger(portal), second)).status, 410)
  assert.deepEqual(await listEmails(portal), [ada.email])
})

test('what a thief does with the link of their own mailbox does not take the owner’s away', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const thief = await openMember(portal)
  await moveTo(portal, thief)
  const first = await undoToken(portal)
  await moveTo(portal, thief, third)
  // Made by a process whose clock is ahead of the other’s.
  await portal.database.oneTimeLink.updateMany({
    where: { email: ada.email },
    data: { createdAt: new Date(Date.now() + HOUR_MS) },
  })
  const again = await openMember(portal, { email: third, password: ada.password })
  await moveTo(portal, again, 'fourth@example.com')

  await undo(openStranger(portal), await undoToken(portal, third))
  assert.deepEqual(await listEmails(portal), [third])
  await undo(openStranger(portal), first)

  assert.deepEqual(await listEmails(portal), [ada.email])
})

test('whoever reads the new mailbox and resets the password keeps the owner of the old one from nothing', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const thief = await openMember(portal)
  await moveTo(portal, thief)
  const token = await undoToken(portal)
  await openStranger(portal).submit('/forgot-password', { email: newEmail })
  await reset(openStranger(portal), await tokenMailedTo(portal, newEmail, '/reset-password'))
  assert.equal(await canSignIn(portal, newEmail, newPassword), true)

  assert.equal((await undo(openStranger(portal), token)).status, 303)

  assert.deepEqual(await listEmails(portal), [ada.email])
})

test('a reset or a change of the password cancels a change of email that is waiting', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const [thief, owner] = [await openMember(portal), await openMember(portal)]
  await askFor(thief)
  const form = { email: newEmail, code: await portal.codeMailedTo(newEmail) }
  const token = await tokenMailedTo(portal, newEmail, '/account/email/confirm')

  await owner.submit('/account/password', { current_password: ada.password, new_password: newPassword })
  await owner.submit('/account/email/code', form)
  await owner.submit('/account/email/confirm', { token })
  assert.deepEqual(await listEmails(portal), [ada.email])

  await askFor(owner)
  await openStranger(portal).submit('/forgot-password', { email: ada.email })
  await reset(
    openStranger(portal),
    await tokenMailedTo(portal, ada.email, '/reset-password'),
    'another teapot harbour',
  )
  assert.equal(await portal.database.oneTimeLink.count({ where: { kind: 'change-email' } }), 0)
}) // RST-12

test('an old address that somebody has only registered goes back to its owner; one that has an account by now does not', async () => {
  await using portal = await openPortal({
    people: [ada],
    settings: { ...settings, REGISTRATION: 'open', EMAIL_VERIFICATION: 'optional' },
  })
  const thief = await openMember(portal)
  await moveTo(portal, thief)
  const token = await undoToken(portal)
  const { body } = await openStranger(portal).post('/auth/register', {
    email: ada.email,
    password: 'stranger than fiction',
  })
  const registered = body.session.id
  assert.equal(await visit(portal, registered), 'welcome')

  const user = { where: { email: ada.email } }
  await portal.database.user.update({ ...user, data: { emailVerifiedAt: new Date() } })
  const refused = await undo(openStranger(portal), token)
  assert.equal(refused.status, 409)
  assert.match(refused.text, /This email has another account now/)
  assert.deepEqual(await listEmails(portal), [newEmail, ada.email])

  await portal.database.user.update({ ...user, data: { emailVerifiedAt: null } })
  assert.equal((await undo(openStranger(portal), token)).status, 303)

  assert.equal((await listEmails(portal))[0], ada.email)
  assert.equal(await visit(portal, registered), '401 session_ended')
  assert.equal(await canSignIn(portal, ada.email, 'stranger than fiction'), false)
  assert.equal(await canSignIn(portal, ada.email, ada.password), true)
  await portal.services.housekeeping.sweep()
  assert.deepEqual(await listEmails(portal), [ada.email])
})

test('the link of somebody else, a partial one, an expired one, and one of a deactivated account undo nothing', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings })
  const visitor = await openMember(portal)
  await moveTo(portal, visitor)
  const token = await undoToken(portal)
  const before = await portal.database.user.findMany()

  for (const wrong of ['', token.slice(0, -1), `${token}A`])
    assert.equal((await undo(openStranger(portal), wrong)).status, 410)
  const expiry = await portal.database.oneTimeLink.findFirstOrThrow({ where: { kind: 'undo-email-change' } })
  assert.equal(expiry.expiresAt.getTime() - expiry.createdAt.getTime(), 72 * HOUR_MS)
  await portal.database.user.updateMany({ data: { isActive: false } })
  assert.equal((await undo(openStranger(portal), token)).status, 410)
  await portal.database.user.updateMany({ data: { isActive: true } })
  await portal.database.oneTimeLink.updateMany({ data: { expiresAt: new Date() } })
  assert.equal((await undo(openStranger(portal), token)).status, 410)

  const strip = ({ updatedAt: _, ...user }: (typeof before)[number]) => user
  assert.deepEqual((await portal.database.user.findMany()).map(strip), before.map(strip))
}) // RST-07, RST-08

test('by the API it works as on the page, and says what came of it', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const visitor = await openMember(portal)
  const undoBy = async (token: string) =>
    (await openStranger(portal).post('/auth/undo-email-change', { token })).body

  await askFor(visitor)
  const [pending] = [await undoToken(portal)]
  assert.deepEqual(await undoBy(pending), { status: 'cancelled', email: ada.email })
  await askFor(visitor)
  await visitor.submit('/account/email/cancel')
  assert.deepEqual(await undoBy(await undoToken(portal)), { status: 'unchanged', email: ada.email })
  await moveTo(portal, visitor)
  const token = await undoToken(portal)
  assert.deepEqual(await undoBy(token), { status: 'restored', email: ada.email })
  assert.equal((await undoBy(token)).code, 'link_expired')
})

test('who moves back to their old email from a thief’s leaves the thief no link to undo that', async () => {
  await using portal = await openPortal({ people: [ada], settings })
  const [owner, thief] = [await openMember(portal), await openMember(portal)]
  await moveTo(portal, thief)

  await openMember(portal, { ...ada, email: newEmail })
  const notMe = await notMeToken(portal, newEmail)

  await moveTo(portal, owner, ada.email)
  assert.equal((await disown(openStranger(portal), notMe)).status, 410)
  const answer = await undo(openStranger(portal), await undoToken(portal, newEmail))

  assert.equal(answer.status, 410)
  assert.deepEqual(await listEmails(portal), [ada.email])
  assert.equal((await portal.findMail(newEmail))?.subject, 'A Gatehouse account no longer has this email')
}) // RST-15
