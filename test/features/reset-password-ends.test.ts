import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { listNotices } from '../support/not-me.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, forget, newPassword, reset } from '../support/reset.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { openWorkers, visit } from '../support/workers.ts'

test('after a reset nothing from before works, in any process, and the owner is told', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one, other } = workers
  const secrets = [await workers.signIn(one), await workers.signIn(other)]
  const program = createTokenProgram(other)
  const { inForm } = await program.register()
  const { body } = await program.exchange(secrets[0] ?? '', {
    scope: 'account:read offline_access',
    ...inForm,
  })
  for (const secret of secrets) for (const worker of [one, other]) await visit(worker, secret)
  const token = await forget(one, ada.email)

  assert.equal((await reset(openStranger(one), token)).status, 303)

  for (const worker of [one, other])
    for (const secret of [...secrets, body.access_token])
      assert.equal(await visit(worker, secret), '401 session_ended')
  assert.deepEqual((await program.introspect(body.refresh_token, inForm)).body, { active: false })
  assert.deepEqual((await program.introspect(body.access_token, inForm)).body, { active: false })
  assert.equal((await program.refresh(body.refresh_token, inForm)).body.error, 'invalid_grant')
  for (const worker of [one, other]) assert.equal(await canSignIn(worker, ada.email, ada.password), false)
  assert.equal((await reset(openStranger(other), token)).status, 410)
  const [notice] = await listNotices(one)
  assert.match(notice?.text ?? '', /Every device was\s+signed\s+out/)
  assert.match(notice?.text ?? '', /Firefox on Linux, 10\./)
}) // RST-11, K4

test('a reset is acknowledged only when a process that Redis does not reach accepts no old session either', async () => {
  await using workers = await openWorkers({ settings: { ...behindProxy, SESSION_LEASE: '1s' } })
  const { one, other } = workers
  const secret = await workers.signInAndVisit()
  await visit(other, secret)
  const token = await forget(one, ada.email)

  one.redisLine.cut()
  const answer = await reset(openStranger(one), token)

  assert.equal(answer.status, 303)
  assert.equal(await visit(other, secret), '401 session_ended')
  assert.equal(await visit(one, secret), '401 session_ended')
}) // K4

test('a sign-in with the old password that is under way while it is reset opens nothing', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const token = await forget(portal, ada.email)
  const { authenticate } = portal.services.login
  portal.services.login.authenticate = async (...given) => {
    const user = await authenticate(...given)
    await reset(openStranger(portal), token)
    return user
  }

  const visitor = openStranger(portal)
  await visitor.submit('/login', { login: ada.email, password: ada.password })

  assert.equal((await visitor.visit('/account')).status, 303)
}) // K4

test('a reset ends every other link of the account, save those that answer a theft', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { id: userId } = await portal.database.user.findFirstOrThrow()
  const { links } = portal.services.repositories
  const [now, expiresAt] = [new Date(), new Date(Date.now() + 60_000)]
  const token = await forget(portal, ada.email)
  const link = { tokenHash: 'x', userId, email: 'mallory@example.com', codeHash: null, returnTo: null }
  await links.replace({ ...link, kind: 'verify-email', createdAt: now, expiresAt })

  await links.add({ ...link, tokenHash: 'y', kind: 'disown', createdAt: now, expiresAt })

  await reset(portal.visitor, token)

  const kinds = (await portal.database.oneTimeLink.findMany()).map(({ kind }) => kind)
  assert.deepEqual(kinds, ['disown', 'disown'])
}) // RST-12

test('a reset calls off the deletion of the account, which a thief may have asked for', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const thief = openStranger(portal)
  await thief.submit('/login', { login: ada.email, password: ada.password })
  await thief.submit('/account/data/delete')
  assert.notEqual((await portal.database.user.findFirstOrThrow()).deletesAt, null)

  await reset(openStranger(portal), await forget(portal, ada.email))

  assert.equal((await portal.database.user.findFirstOrThrow()).deletesAt, null)
  const event = { where: { action: 'user.deletion_cancelled' } }
  assert.equal(await portal.database.auditEvent.count(event), 1)
  assert.match(
    (await portal.findMail(ada.email))?.text ?? '',
    /Your account stays: it won’t be deleted any more\./,
  )
}) // RST-12

test('a Google account with another address opens nothing after a reset, one with the same address still does', async () => {
  const lovelace = { ...ada, email: 'ada.lovelace@gmail.com' } satisfies Person
  await using both = await openPortalWithGoogle({ people: [lovelace], settings: behindProxy })
  const { portal } = both
  const { id: userId } = await portal.database.user.findFirstOrThrow()
  const { identities } = portal.services.repositories
  await identities.insert({ provider: 'other', subject: 'm', userId, email: 'mallory@gmail.com' }, new Date())
  const visitor = portal.openVisitor()
  await both.comeBack(visitor, await both.google.signInAs(await both.leave(visitor), 'ada'))
  assert.equal(await portal.database.identity.count(), 2)

  await reset(portal.openVisitor(), await forget(portal, lovelace.email))

  const left = await portal.database.identity.findMany()
  assert.deepEqual(
    left.map(({ email }) => email),
    [lovelace.email],
  )
  assert.match(
    (await listNotices(portal, lovelace.email))[0]?.text ?? '',
    /The Google\s+account\s+mallory@gmail\.com\s+no\s+longer/,
  )
  const again = portal.openVisitor()
  await both.comeBack(again, await both.google.signInAs(await both.leave(again), 'ada'))
  assert.equal((await again.visit('/account')).status, 200)
}) // RST-12

test('whoever signs in with Google only sets a first password, and goes on signing in with Google', async () => {
  const lovelace = { email: 'ada.lovelace@gmail.com', password: null } satisfies Person
  await using both = await openPortalWithGoogle({ settings: behindProxy })
  const { portal } = both
  const visitor = portal.openVisitor()
  await both.comeBack(visitor, await both.google.signInAs(await both.leave(visitor), 'ada'))

  await reset(openStranger(portal), await forget(portal, lovelace.email))

  assert.equal(await canSignIn(portal, lovelace.email, newPassword), true)
  const again = portal.openVisitor()
  await both.comeBack(again, await both.google.signInAs(await both.leave(again), 'ada'))
  assert.equal((await again.visit('/account')).status, 200)
})

test('of an account that nobody had proved, whoever reads the mailbox gets the address and nothing that was prepared', async () => {
  const settings = { ...behindProxy, REGISTRATION: 'open', EMAIL_VERIFICATION: 'optional' }
  await using portal = await openPortal({ people: [], settings })
  const stranger = openStranger(portal)
  await stranger.submit('/register', { email: grace.email, password: 'stranger than fiction' })
  await stranger.submit('/account/profile', { display_name: 'Mallory', username: 'mallory' })
  const { id: userId } = await portal.database.user.findFirstOrThrow()
  const google = { provider: 'google', subject: 'm', userId, email: grace.email }
  await portal.services.repositories.identities.insert(google, new Date())
  const session = stranger.sessionSecret() ?? ''
  const token = await forget(portal, grace.email)
  assert.doesNotMatch((await portal.findMail(grace.email))?.text ?? '', /Mallory/)

  const owner = openStranger(portal)
  const page = await owner.openLink(`/reset-password?token=${token}`)
  assert.match(page.text, /Anything set up for this account before is removed/)
  assert.equal((await reset(owner, token)).status, 303)

  assert.equal((await stranger.visit('/account')).status, 303)
  assert.equal((await portal.services.sessions.check(session)).state, 'ended')
  assert.equal(await canSignIn(portal, grace.email, 'stranger than fiction'), false)
  assert.equal(await canSignIn(portal, grace.email, newPassword), true)
  const user = await portal.database.user.findFirstOrThrow({ include: { identities: true } })
  assert.deepEqual([user.username, user.displayName, user.identities], [null, null, []])
  assert.notEqual(user.emailVerifiedAt, null)
  assert.doesNotMatch((await portal.findMail(grace.email))?.text ?? '', /Mallory/)
}) // RST-17
