import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { createTestClock } from '../support/clock.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { behindProxy } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'

const settings = { EMAIL_VERIFICATION: 'optional', REGISTRATION: 'open', PASSWORD_GRANT: 'on' }
const inProduction = { ...settings, NODE_ENV: 'production' }
const form = { email: ada.email, password: ada.password }
const DAY_MS = 24 * 60 * 60 * 1000

test('somebody registers and uses the account at once, by the API and with a form', async () => {
  await using portal = await openPortal({ settings })
  const { client } = portal

  const registered = await client.post('/auth/register', { ...form, full_name: 'Ada Lovelace' })
  const token = await createTokenProgram(portal).post('/auth/token', {
    username: ada.email,
    password: ada.password,
  })

  assert.equal(registered.status, 201)
  const { user, session } = registered.body
  assert.deepEqual([user.email, user.email_verified, user.display_name], [ada.email, false, 'Ada Lovelace'])
  for (const secret of [session.id, token.body.access_token]) {
    const me = await client.get('/auth/me', secret)
    assert.deepEqual([me.status, me.body.user.id], [200, user.id])
  }
  assert.equal((await client.call('patch', '/users/me', session.id, { username: 'countess' })).status, 200)
  assert.equal((await client.post('/auth/login', { login: 'countess', password: ada.password })).status, 200)
  assert.equal((await client.post('/auth/register', form)).body.code, 'email_taken')
})

test('on the pages registering leads where the person was going, and the account says what is not confirmed', async () => {
  await using portal = await openPortal({ settings })
  const { visitor } = portal

  const answer = await visitor.submit('/register', { ...form, return_to: '/account?from=there' })
  const account = await visitor.visit('/account')

  assert.deepEqual([answer.status, answer.headers.location], [303, '/account?from=there'])
  assert.equal(account.status, 200)
  assert.match(account.text, /Not confirmed yet/)
  assert.match(account.text, /href="\/verify-email"/)
  assert.equal((await visitor.visit('/register')).headers.location, '/account')

  const [path, query] = (await portal.linkMailedTo(ada.email)).split('?')
  await visitor.submit(String(path), String(query))
  assert.match((await visitor.visit('/account')).text, /Confirmed/)
})

test('an unconfirmed email proves nothing: it gives no administrator’s powers', async () => {
  await using portal = await openPortal({ people: [{ ...ada, role: 'admin', isVerified: false }], settings })
  const { client } = portal
  const program = createTokenProgram(portal)
  const session = await program.signIn()
  await portal.addPerson(grace)
  const { id } = await portal.database.user.findUniqueOrThrow({ where: { email: grace.email } })

  const { body } = await program.exchange(session, { scope: 'account:read users:read' })

  assert.equal(body.scope, 'account:read')
  assert.equal(decodeJwt(body.access_token).role, 'user')
  assert.equal((await client.get('/users', session)).body.code, 'email_unverified')
  assert.equal((await client.get(`/users/${id}`, session)).status, 404)
  assert.equal((await client.call('delete', `/users/${id}`, session)).body.code, 'email_unverified')
})

test('somebody who has not confirmed their email can still sign in after registration is closed', async () => {
  const closed = { ...settings, REGISTRATION: 'closed' }
  await using portal = await openPortal({ people: [{ ...ada, isVerified: false }], settings: closed })
  const { client, visitor } = portal

  assert.equal((await client.post('/auth/login', { login: ada.email, password: ada.password })).status, 200)
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  assert.equal((await visitor.visit('/account')).status, 200)
})

test('an account that nobody confirmed stays', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ settings, clock })
  await portal.client.post('/auth/register', form)
  await portal.database.user.updateMany({ data: { registeredAt: new Date(Date.now() - 60 * DAY_MS) } })

  await portal.services.housekeeping.sweep()

  assert.equal(
    (await portal.client.post('/auth/login', { login: ada.email, password: ada.password })).status,
    200,
  )
})

test('whoever registers an address that is not theirs cannot have emails written there, with a name of their choice', async () => {
  await using portal = await openPortal({ settings: { ...settings, ...behindProxy } })
  const { client, database } = portal
  const registered = await client.post('/auth/register', { ...form, full_name: 'Win at evil.example' })
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(registered.body.session.id, {
    scope: 'account:read offline_access',
  })
  await database.refreshToken.updateMany({ data: { usedAt: new Date(0), successor: null } })

  assert.equal((await program.refresh(body.refresh_token)).body.error, 'invalid_grant')
  const passwords = { current_password: ada.password, new_password: grace.password }
  const changed = await client.post('/auth/change-password', passwords, registered.body.session.id)
  const deleted = await client.post('/auth/deletion', undefined, changed.body.session.id)
  const readMails = () => database.outgoingMail.findMany({ select: { template: true } })
  const mailsBefore = await readMails()
  await database.user.updateMany({ data: { deletesAt: new Date(0) } })
  await portal.services.housekeeping.sweep()

  assert.deepEqual([changed.status, deleted.status, await database.user.count()], [200, 202, 0])
  assert.deepEqual(mailsBefore, [{ template: 'verify-email' }])
  assert.deepEqual(await readMails(), [])
})

test('in production it runs without mail: what needs it is off, and says so', async () => {
  await using portal = await openPortal({ people: [{ ...grace, role: 'admin' }], settings: inProduction })
  const { client, visitor } = portal

  assert.equal((await client.post('/auth/register', form)).status, 201)
  assert.equal(await portal.database.outgoingMail.count(), 0)
  assert.equal(await portal.database.oneTimeLink.count(), 0)

  const resent = await client.post('/auth/resend-verification', { email: ada.email })
  assert.deepEqual([resent.status, resent.body.detail], [403, 'This portal sends no email.'])
  const invited = await inviteAs(portal, grace)
  assert.equal(invited.status, 403)
  assert.match(invited.body.detail, /sends no email/)
  assert.doesNotMatch((await visitor.visit('/login')).text, /\/verify-email/)
  for (const page of [
    await visitor.visit('/verify-email'),
    await visitor.submit('/verify-email/resend', { email: ada.email }),
  ]) {
    assert.equal(page.status, 403)
    assert.match(page.text, /This portal sends no email/)
  }
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  assert.doesNotMatch((await visitor.visit('/account')).text, /\/verify-email/)
})

test('where no email is sent, none is kept for a day when one could be: not even a warning to an owner', async () => {
  await using portal = await openPortal({ people: [ada], settings: inProduction })
  const program = createTokenProgram(portal)
  const { refresh } = await program.openTokens()
  await portal.database.refreshToken.updateMany({ data: { usedAt: new Date(0), successor: null } })

  assert.equal((await program.refresh(refresh)).body.error, 'invalid_grant')

  assert.equal(await portal.database.auditEvent.count({ where: { action: 'token.reuse_detected' } }), 1)
  assert.equal(await portal.database.outgoingMail.count(), 0)
})

async function inviteAs(portal: Portal, { email, password }: { email: string; password: string }) {
  const session = await createTokenProgram(portal).signIn({ email, password })
  return portal.client.post('/users', { email: 'new@example.com' }, session)
}
