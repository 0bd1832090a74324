import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  askFor,
  listEmails,
  moveTo,
  newEmail,
  openAsked,
  openMember,
  tokenMailedTo,
  undo,
  undoToken,
} from '../support/email-change.ts'
import { meanwhile } from '../support/meanwhile.ts'
import { ada } from '../support/people.ts'
import type { Portal } from '../support/portal.ts'
import { canSignIn, newPassword, reset } from '../support/reset.ts'
import { isAskedToSignIn } from '../support/sign-in.ts'
import { stores } from '../support/stores.ts'
import { openStranger } from '../support/strangers.ts'
import type { Visitor } from '../support/visitor.ts'

const third = 'countess@example.com'

const confirm = (visitor: Visitor, token: string) => visitor.submit('/account/email/confirm', { token })
const countEvents = ({ database }: Portal, action: string) => database.auditEvent.count({ where: { action } })

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`of many confirmations at once, in two processes, one counts: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor, form, token } = asked
    const elsewhere = await openMember(other)

    const answers = await Promise.all(
      [visitor, elsewhere].flatMap((each) => [
        confirm(each, token),
        each.submit('/account/email/code', form),
      ]),
    )

    for (const { status } of answers) assert.ok([303, 410].includes(status), `${status}`)
    assert.deepEqual(await listEmails(portal), [newEmail])
    assert.equal(await countEvents(portal, 'user.email_changed'), 1)
    assert.equal(await portal.database.outgoingMail.count({ where: { template: 'email-changed' } }), 1)
  }) // K6

  test(`a change that is undone while it is confirmed does not happen: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor, token } = asked

    meanwhile(portal, () => undo(openStranger(other), asked.undo))
    const answer = await confirm(visitor, token)

    assert.equal(answer.status, 410)
    assert.deepEqual(await listEmails(portal), [ada.email])
  })

  test(`a change that is confirmed while it is undone is taken back: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor, token } = asked
    const elsewhere = await openMember(other)

    meanwhile(portal, () => confirm(elsewhere, token))
    const answer = await undo(openStranger(portal), asked.undo)

    assert.equal(answer.status, 303)
    assert.deepEqual(await listEmails(portal), [ada.email])
    for (const each of [visitor, elsewhere]) assert.equal((await each.visit('/account')).status, 303)
  })

  test(`a second change that is confirmed while the first is undone is taken back as well: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor, token } = asked
    await confirm(visitor, token)
    const thief = await openMember(other, { email: newEmail, password: ada.password })

    meanwhile(portal, () => moveTo(other, thief, third))
    await undo(openStranger(portal), asked.undo)

    assert.deepEqual(await listEmails(portal), [ada.email])
    assert.equal((await undo(openStranger(other), await undoToken(portal, newEmail))).status, 410)
  })

  test(`a password that is reset while the change is confirmed keeps the address: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor, token } = asked
    await openStranger(other).submit('/forgot-password', { email: ada.email })
    const resetToken = await tokenMailedTo(other, ada.email, '/reset-password')

    meanwhile(portal, () => reset(openStranger(other), resetToken))
    const answer = await confirm(visitor, token)

    assert.ok(isAskedToSignIn(answer))
    assert.deepEqual(await listEmails(portal), [ada.email])
    assert.equal(await canSignIn(portal, ada.email, newPassword), true)
  }) // RST-12

  test(`an address that changes while a link to the old one resets the password keeps the password: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor, token } = asked
    await openStranger(other).submit('/forgot-password', { email: ada.email })
    const resetToken = await tokenMailedTo(other, ada.email, '/reset-password')

    meanwhile(other, () => confirm(visitor, token))
    assert.equal((await reset(openStranger(other), resetToken)).status, 410)

    assert.equal(await canSignIn(portal, newEmail, ada.password), true)
  })

  test(`an address that somebody registers meanwhile goes to whoever proves it first: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor, token } = asked
    const register = () =>
      openStranger(other).submit('/register', { email: newEmail, password: 'stranger than fiction' })

    meanwhile(portal, async () => {
      await register()
      await other.database.user.updateMany({
        where: { email: newEmail },
        data: { emailVerifiedAt: new Date() },
      })
    })
    const refused = await confirm(visitor, token)
    assert.equal(refused.headers.location, '/account/email')
    assert.match((await visitor.visit('/account/email')).text, /That email has an account of its own by now/)
    assert.deepEqual(await listEmails(portal), [ada.email, newEmail])

    await portal.database.user.updateMany({ where: { email: newEmail }, data: { emailVerifiedAt: null } })
    assert.equal((await confirm(visitor, token)).headers.location, '/account')
    assert.equal((await listEmails(portal))[0], newEmail)
    assert.equal(await canSignIn(portal, newEmail, ada.password), true)
    assert.equal(await canSignIn(portal, newEmail, 'stranger than fiction'), false)
    await portal.services.housekeeping.sweep()
    assert.deepEqual(await listEmails(portal), [newEmail])
  })

  test(`registering the new address at the very moment it is confirmed breaks nothing: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor, token } = asked

    const [confirmed] = await Promise.all([
      confirm(visitor, token),
      openStranger(other).submit('/register', { email: newEmail, password: 'stranger than fiction' }),
    ])

    assert.equal(confirmed.headers.location, '/account')
    assert.equal((await listEmails(portal))[0], newEmail)
    assert.equal(await canSignIn(portal, newEmail, ada.password), true)
  })

  test(`of requests at once the last one counts, and each had the old mailbox told: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, other, visitor } = asked
    const wanted = ['one@example.com', 'two@example.com', 'three@example.com']
    const elsewhere = await openMember(other)

    const answers = await Promise.all(
      wanted.map((email, index) => askFor(index % 2 ? visitor : elsewhere, email)),
    )
    await Promise.all([portal.mails(), other.mails()])

    for (const { status } of answers) assert.equal(status, 303)
    const { email } = await portal.database.oneTimeLink.findFirstOrThrow({ where: { kind: 'change-email' } })
    assert.ok(wanted.includes(email))
    assert.equal(await portal.database.outgoingMail.count({ where: { template: 'email-change-asked' } }), 4)
    await visitor.submit('/account/email/code', { email, code: await portal.codeMailedTo(email) })
    assert.deepEqual(await listEmails(portal), [email])
  })

  test(`a session that is ended while it asks, or confirms, changes nothing: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, visitor, token } = asked
    const signOut = () =>
      portal.services.repositories.sessions.revokeAllOfUser(userId, { reason: 'signed-out', now: new Date() })
    const { id: userId } = await portal.database.user.findFirstOrThrow()

    meanwhile(portal, signOut)
    assert.ok(isAskedToSignIn(await confirm(visitor, token)))
    const late = await openMember(portal)
    meanwhile(portal, signOut)
    assert.ok(isAskedToSignIn(await askFor(late, third)))

    assert.deepEqual(await listEmails(portal), [ada.email])
    assert.equal(
      (await portal.database.oneTimeLink.findFirstOrThrow({ where: { kind: 'change-email' } })).email,
      newEmail,
    )
  })
}
