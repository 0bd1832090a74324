import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letProofsAge } from '../support/freshness.ts'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { listNotices } from '../support/not-me.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { canSignIn, forget, newPassword, reset } from '../support/reset.ts'
import { signIn } from '../support/sign-in.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import type { Visitor } from '../support/visitor.ts'
import { openWorkers, visit } from '../support/workers.ts'

const right = { current_password: ada.password, new_password: newPassword }

function change(visitor: Visitor, form: Record<string, string> = right) {
  return visitor.submit('/account/password', form)
}

async function signInByApi({ client }: Portal): Promise<string> {
  const sent = client.portal.post('/auth/login').send({ login: ada.email, password: ada.password })
  return (await client.send(sent, { 'x-forwarded-for': nextAddress() })).body.session.id
}

test('I change my password with the one I have, and go on in this browser under a new secret', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password, remember: '1' })
  const before = visitor.sessionSecret()
  assert.match((await visitor.visit('/account')).text, /href="\/account\/password"/)

  const page = await visitor.visit('/account/password')
  assert.match(page.text, /Current password/)
  const answer = await change(visitor)

  assert.deepEqual([answer.status, answer.headers.location], [303, '/account'])
  assert.notEqual(visitor.sessionSecret(), before)
  assert.match(visitor.cookie('session')?.attributes ?? '', /Expires/) // remembered as before
  const account = await visitor.visit('/account')
  assert.match(account.text, /Your password is changed\. Your other devices are signed out\./)
  assert.equal((await portal.services.sessions.check(before ?? '')).state, 'ended')
  assert.equal(await canSignIn(portal, ada.email, newPassword), true)
  assert.equal(await canSignIn(portal, ada.email, ada.password), false)
}) // PWD-10, LOG-11

test('a change ends my other sessions and every token, in every process, and I am told', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one, other } = workers
  const [mine, elsewhere] = [await workers.signIn(one), await workers.signIn(other)]
  const program = createTokenProgram(other)
  const { inForm } = await program.register()
  const scope = 'account:read offline_access'
  const { body: tokens } = await program.exchange(mine, { scope, ...inForm })
  for (const worker of [one, other]) for (const secret of [mine, elsewhere]) await visit(worker, secret)

  const { status, body, headers } = await one.client.post('/auth/change-password', right, mine)

  assert.deepEqual([status, body.status], [200, 'password_changed'])
  assert.equal(headers['set-cookie'], undefined)
  for (const worker of [one, other]) {
    for (const secret of [mine, elsewhere, tokens.access_token])
      assert.equal(await visit(worker, secret), '401 session_ended')
    assert.equal(await visit(worker, body.session.id), 'welcome')
  }
  assert.equal((await program.refresh(tokens.refresh_token, inForm)).body.error, 'invalid_grant')
  const [notice] = await listNotices(one)
  assert.match(notice?.text ?? '', /The password was changed/)
  assert.match(notice?.text ?? '', /Every other device was signed out/)
}) // PWD-10, K4

test('without the right current password nothing changes, and wrong ones count as guesses', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })

  const missing = await change(visitor, { new_password: newPassword })
  assert.equal(missing.status, 422)
  assert.match(missing.text, /Enter the password you have now\./)
  const statuses = []
  for (let guess = 0; guess < 6; guess++) {
    const answer = await change(visitor, { ...right, current_password: `guess ${guess}` })
    statuses.push(answer.status)
    assert.match(answer.text, /That isn’t your password\.|too many attempts/)
    assert.match(answer.text, /href="\/forgot-password"/)
    assert.doesNotMatch(answer.text, /guess \d|granite teapot/)
  }

  assert.deepEqual(statuses, [422, 422, 422, 422, 422, 429])
  assert.equal(await canSignIn(portal, ada.email, ada.password), true)
  const refused = await portal.database.auditEvent.count({ where: { action: 'session.start_refused' } })
  assert.equal(refused, 5)
}) // PWD-10

test('a new password must be good, and another one', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor, client } = portal
  await signIn(visitor, ada.email)
  const secret = await signInByApi(portal)

  for (const [password, sentence] of [
    ['', 'Choose a password.'],
    ['password1', 'This password is on lists'],
    ['Lovelace1815!', 'Do not use your name'],
    [ada.password, 'That’s the password you have.'],
  ] as const) {
    const page = await change(visitor, { ...right, new_password: password })
    assert.equal(page.status, 422)
    assert.ok(page.text.includes(sentence), page.text)
    const called = await client.post('/auth/change-password', { ...right, new_password: password }, secret)
    assert.deepEqual([called.status, called.body.errors[0].field], [422, 'new_password'])
  }

  assert.equal((await change(visitor)).status, 303)
})

test('the API tells a wrong password from a missing one, and takes no token for a session', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { client } = portal
  const secret = await signInByApi(portal)
  const { body: tokens } = await createTokenProgram(portal).exchange(secret, {
    scope: 'account:read account:write',
  })
  const post = (body: object, as = secret) => client.post('/auth/change-password', body, as)

  const missing = await post({ new_password: newPassword })
  assert.deepEqual(
    [missing.body.errors[0].field, missing.body.errors[0].code],
    ['current_password', 'required'],
  )
  const wrong = await post({ ...right, current_password: 'not this one' })
  assert.deepEqual([wrong.status, wrong.body.errors[0].code], [422, 'incorrect'])
  const byToken = await post(right, tokens.access_token)
  assert.deepEqual([byToken.status, byToken.body.code], [403, 'forbidden'])
  assert.equal((await post({ current_password: ada.password, password: newPassword })).status, 200)
})

test('a change takes every link with it that was mailed before', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  const token = await forget(portal, ada.email)

  await change(visitor)

  assert.equal((await reset(openStranger(portal), token)).status, 410)
}) // RST-12

test('the portal suggests a password: long, another one each time, and in no address', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  assert.match((await visitor.visit('/account/password')).text, /href="\/account\/password\?suggest=1"/)

  const pages = [
    await visitor.visit('/account/password?suggest=1'),
    await visitor.visit('/account/password?suggest=1'),
  ]
  const [one = '', other = ''] = pages.map(({ text }) => /<code>([^<]{20})<\/code>/.exec(text)?.[1] ?? '')

  assert.notEqual(one, other)
  for (const { headers } of pages) assert.equal(headers['cache-control'], 'no-store')
  assert.ok(pages[0]?.text.includes(`type="password"\n      value="${one}"`), pages[0]?.text)
  assert.equal((await change(visitor, { ...right, new_password: one })).status, 303)
  assert.equal(await canSignIn(portal, ada.email, one), true)
})

test('whoever signs in with Google sets a first password while that is fresh, and keeps Google', async () => {
  await using both = await openPortalWithGoogle({ settings: behindProxy })
  const { portal } = both
  const visitor = portal.openVisitor()
  await both.comeBack(visitor, await both.google.signInAs(await both.leave(visitor), 'ada'))
  const { email } = await portal.database.user.findFirstOrThrow()
  const form = { new_password: newPassword }
  assert.match((await visitor.visit('/account')).text, /Set one/)

  await letProofsAge(portal)
  for (const answer of [await visitor.visit('/account/password'), await change(visitor, form)]) {
    assert.equal(answer.status, 403)
    assert.match(answer.text, /Continue with Google/)
    assert.doesNotMatch(answer.text, /granite teapot/)
  }
  const called = await visitor.post('/auth/change-password', form)
  assert.deepEqual([called.status, called.body.code], [403, 'reauthentication_required'])
  assert.equal(await canSignIn(portal, email, newPassword), false)

  await portal.database.session.updateMany({ data: { authenticatedAt: new Date() } })
  const page = await visitor.visit('/account/password')
  assert.match(page.text, /Set a password/)
  assert.doesNotMatch(page.text, /Current password/)
  assert.equal((await change(visitor, form)).status, 303)

  assert.match((await visitor.visit('/account')).text, /Your password is set\./)
  assert.match((await portal.findMail(email))?.text ?? '', /A password was added/)
  assert.equal(await canSignIn(portal, email, newPassword), true)
  assert.equal(await portal.database.identity.count(), 1)
  assert.match((await visitor.visit('/account/password')).text, /Current password/)
})
