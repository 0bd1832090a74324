import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askFor, listEmails, moveTo, newEmail, openMember, undo, undoToken } from '../support/email-change.ts'
import { disown, letThiefIn, notMeToken } from '../support/not-me.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, newPassword, reset, resetToken } from '../support/reset.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

test('“This wasn’t me” cancels a change of email that is waiting', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { thief, token } = await letThiefIn(portal)
  await askFor(thief)
  const form = { email: newEmail, code: await portal.codeMailedTo(newEmail) }

  await disown(openStranger(portal), token)
  await thief.submit('/account/email/code', form)

  assert.deepEqual(await listEmails(portal), [ada.email])
  assert.equal(await portal.database.oneTimeLink.count({ where: { kind: 'change-email' } }), 0)
})

test('“This wasn’t me” in an email from before the change brings the address back, and a new password is chosen there', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { thief, token } = await letThiefIn(portal)
  await moveTo(portal, thief)

  const answer = await disown(openStranger(portal), token)

  assert.equal(answer.status, 303)
  assert.deepEqual(await listEmails(portal), [ada.email])
  assert.equal((await thief.visit('/account')).status, 303)
  assert.equal(await canSignIn(portal, ada.email, ada.password), false)
  assert.equal((await reset(openStranger(portal), await resetToken(portal, ada.email))).status, 303)
  assert.equal(await canSignIn(portal, ada.email, newPassword), true)
})

test('what a thief does with “This wasn’t me” in their own mailbox does not take the owner’s way back', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const thief = await openMember(portal)
  await moveTo(portal, thief)
  const token = await undoToken(portal)
  await openMember(portal, { email: newEmail, password: ada.password })

  await disown(openStranger(portal), await notMeToken(portal, newEmail))
  assert.equal((await undo(openStranger(portal), token)).status, 303)

  assert.deepEqual(await listEmails(portal), [ada.email])
})

test('once the owner has the address back, “This wasn’t me” in the thief’s mailbox does nothing', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const thief = await openMember(portal)
  await moveTo(portal, thief)
  await openMember(portal, { email: newEmail, password: ada.password })
  const token = await notMeToken(portal, newEmail)
  await undo(openStranger(portal), await undoToken(portal))
  const owner = await openMember(portal)

  await disown(openStranger(portal), token)

  assert.equal((await owner.visit('/account')).status, 200)
  assert.equal(await canSignIn(portal, ada.email, ada.password), true)
})

test('a deactivated account whose email was changed is secured as well, and its old mailbox can still take it back', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { thief, token } = await letThiefIn(portal)
  await moveTo(portal, thief)
  await portal.database.user.updateMany({ data: { isActive: false } })

  const answer = await openStranger(portal).post('/auth/not-me', { token })

  assert.deepEqual(answer.body, { status: 'secured', reset_sent: false })
  await portal.database.user.updateMany({ data: { isActive: true } })
  await undo(openStranger(portal), await undoToken(portal))
  assert.deepEqual(await listEmails(portal), [ada.email])
})

test('it brings the address back and leads straight to a new password in a browser that the owner has used', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { owner, thief, token } = await letThiefIn(portal)
  await moveTo(portal, thief)

  const answer = await disown(owner, token)

  assert.equal(answer.headers.location, '/reset-password')
  assert.deepEqual(await listEmails(portal), [ada.email])
})
