import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { openOffice, signInAs } from '../support/office.ts'
import { ada, managedUserFields } from '../support/people.ts'

test('an administrator makes an account, and its owner chooses the password', async () => {
  await using office = await openOffice()
  const { portal, admin } = office
  const eve = { email: 'eve@example.com', password: 'copper lantern orbit' }

  const made = await admin.call('post', '/users', {
    email: ' Eve@Example.com',
    display_name: 'Eve',
    username: 'eve',
    role: 'admin',
    password: 'chosen by the boss',
    email_verified: true,
    id: randomUUID(),
  })
  const path = await portal.linkMailedTo(eve.email)
  const token = new URL(path, portal.baseUrl).searchParams.get('token') ?? ''
  const page = await portal.visitor.openLink(path)
  const early = await signInAs(portal, { ...eve, password: 'chosen by the boss' })
  const without = await portal.client.post('/auth/verify-email', { token })
  const weak = await portal.client.post('/auth/verify-email', { token, password: 'password1' })
  const weakOnPage = await portal.visitor.submit('/verify-email', { token, password: 'password1' })
  const chosen = await portal.visitor.submit('/verify-email', { token, password: eve.password })
  const again = await portal.visitor.submit('/verify-email', { token, password: 'stranger than fiction' })

  assert.equal(made.status, 201)
  assert.deepEqual(Object.keys(made.body), managedUserFields)
  assert.deepEqual(made.body, {
    ...made.body,
    email: eve.email,
    email_verified: false,
    username: 'eve',
    display_name: 'Eve',
    role: 'admin',
    is_active: true,
  })
  assert.equal(made.headers.location, `/users/${made.body.id}`)
  assert.match(
    page.text,
    /An administrator has created an account for [\s\S]*eve@example\.com[\s\S]*Choose a password/,
  )
  assert.equal(early, undefined)
  assert.deepEqual([without.status, without.body.errors[0].code], [422, 'required'])
  assert.deepEqual([weak.status, weak.body.errors[0].field], [422, 'password'])
  assert.equal(weakOnPage.status, 422)
  assert.match(weakOnPage.text, /Choose a password/)
  assert.deepEqual([chosen.status, again.status], [303, 410])
  const secret = await signInAs(portal, eve)
  assert.equal((await portal.client.get('/users', secret)).status, 200)
}) // RST-16

test('whoever registers an address that was invited gets nothing by it', async () => {
  await using office = await openOffice()
  const { portal, admin } = office
  const eve = { email: 'eve@example.com', password: 'stranger than fiction' }
  await admin.call('post', '/users', { email: eve.email, role: 'admin' })
  await portal.database.user.updateMany({
    where: { email: eve.email },
    data: { registeredAt: new Date(Date.now() - 600_000) },
  })

  await portal.visitor.submit('/register', eve)
  const link = await portal.linkMailedTo(eve.email)
  const page = await portal.openVisitor().openLink(link)

  assert.match(page.text, /<h1>Choose your password/)
  assert.equal((await portal.mails()).filter(({ subject }) => /^Choose a password/.test(subject)).length, 2)
  assert.equal(await signInAs(portal, eve), undefined)
})

test('an account that cannot be made leaves nothing behind', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const before = await portal.database.user.count()

  const email = await admin.call('post', '/users', { email: 'ADA@example.com' })
  const username = await admin.call('post', '/users', { email: 'new@example.com', username: 'ADA' })
  const wrong = await admin.call('post', '/users', { email: 'nobody', role: 'root', username: '-' })

  assert.deepEqual([email.status, email.body.code], [409, 'email_taken'])
  assert.deepEqual([username.status, username.body.code], [409, 'username_taken'])
  assert.equal(wrong.status, 422)
  assert.deepEqual(
    wrong.body.errors.map(({ field }: { field: string }) => field),
    ['email', 'username', 'role'],
  )
  assert.equal(await portal.database.user.count(), before)
  assert.deepEqual(await portal.mails(), [])
})
