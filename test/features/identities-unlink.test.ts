import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letProofsAge } from '../support/freshness.ts'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { enterWithGoogle, linkGoogle, openMember, readLinks, rosa } from '../support/linking.ts'
import { signIn } from '../support/sign-in.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { visit } from '../support/workers.ts'

const PAGE = '/account/identities'

test('I unlink Google, am told by email, and it opens nothing any more', async () => {
  await using member = await openMember()
  const { visitor, portal } = member
  await linkGoogle(member, visitor)

  const answer = await visitor.submit(`${PAGE}/unlink`, { provider: 'google' })

  assert.deepEqual([answer.status, answer.headers.location], [303, PAGE])
  assert.match((await visitor.visit(PAGE)).text, /Your Google account is unlinked[\s\S]+Not linked/)
  const mail = await portal.findMail(rosa.email)
  assert.match(mail?.text ?? '', /Google account\s+ada\.lovelace@gmail\.com\s+was\s+unlinked/)
  assert.match((await visitor.visit('/account/history')).text, /Your Google account was unlinked\./)
  const again = await visitor.submit(`${PAGE}/unlink`, { provider: 'google' })
  assert.equal(again.headers.location, PAGE)
  assert.match((await visitor.visit(PAGE)).text, /was unlinked already/)
  const other = openStranger(portal)
  await enterWithGoogle(member, other)
  assert.doesNotMatch((await other.visit('/account')).text, /rosa@home\.example/)
})

test('Google that I unlinked does not let itself in again, although it speaks for my address, until I link it anew', async () => {
  const lovelace = { email: 'ada.lovelace@gmail.com', password: rosa.password }
  await using both = await openPortalWithGoogle({ people: [lovelace], settings: behindProxy })
  const { portal } = both
  const { visitor } = portal
  await enterWithGoogle(both, visitor)
  await visitor.submit('/reauthenticate', { password: lovelace.password })
  await visitor.submit(`${PAGE}/unlink`, { provider: 'google' })

  const stopped = await enterWithGoogle(both, openStranger(portal))
  assert.equal(stopped.status, 409)
  assert.match(stopped.text, /Sign in with its password[\s\S]+link Google under/)
  assert.deepEqual(await readLinks(portal), {})

  await linkGoogle(both, visitor)
  assert.equal((await enterWithGoogle(both, openStranger(portal))).status, 303)
  await portal.database.identity.deleteMany()
  assert.equal((await enterWithGoogle(both, openStranger(portal))).status, 303)
}) // OAU-09

test('unlinking signs out the devices that came in with Google, with their programs, and no others', async () => {
  await using member = await openMember()
  const { visitor, portal, client } = member
  await linkGoogle(member, visitor)
  const [mine, googles, third] = [openStranger(portal), openStranger(portal), openStranger(portal)]
  await enterWithGoogle(member, mine)
  await enterWithGoogle(member, googles)
  await signIn(third, rosa.email)
  const program = createTokenProgram(portal)
  const scope = 'account:read offline_access'
  const theirs = (await program.exchange(googles.sessionSecret() ?? '', { scope })).body
  const kept = (await program.exchange(third.sessionSecret() ?? '', { scope })).body

  await mine.submit(`${PAGE}/unlink`, { provider: 'google' })

  for (const open of [mine, visitor, third]) assert.equal((await open.visit('/account')).status, 200)
  assert.equal(await visit(portal, googles.sessionSecret() ?? ''), '401 session_ended')
  assert.equal((await client.get('/auth/me', theirs.access_token)).status, 401)
  assert.equal((await program.refresh(theirs.refresh_token)).body.error, 'invalid_grant')
  assert.equal((await client.get('/auth/me', kept.access_token)).status, 200)
  assert.equal((await program.refresh(kept.refresh_token)).status, 200)
  const left = await googles.visit('/account')
  assert.match(
    (await googles.visit(left.headers.location ?? '')).text,
    /the account you had signed in with was unlinked on .* from Firefox on Linux/,
  )
})

test('my only way in cannot be unlinked, by page or API, until I have set a password', async () => {
  await using both = await openPortalWithGoogle({ settings: behindProxy })
  const { visitor, client, database } = both.portal
  await enterWithGoogle(both, visitor)
  const secret = visitor.sessionSecret() ?? ''

  const page = (await visitor.visit(PAGE)).text
  const refused = await visitor.submit(`${PAGE}/unlink`, { provider: 'google' })
  const problem = await client.call('delete', '/auth/identities/google', secret)

  assert.match(
    page,
    /It’s your only way to sign in\. To unlink it, <a href="\/account\/password">set a password/,
  )
  assert.doesNotMatch(page, />Unlink</)
  assert.equal(refused.status, 409)
  assert.match(refused.text, /href="\/account\/password">Set a password/)
  assert.deepEqual([problem.status, problem.body.code], [409, 'last_sign_in_method'])
  assert.equal(await database.identity.count(), 1)
  await visitor.submit('/account/password', { new_password: 'granite teapot harbour' })
  await letProofsAge(both.portal)
  const stale = await visitor.submit(`${PAGE}/unlink`, { provider: 'google' })
  assert.match(stale.text, /<h1>Confirm it’s you<\/h1>/)
  await visitor.submit('/reauthenticate', { password: 'granite teapot harbour' })
  assert.equal((await visitor.submit(`${PAGE}/unlink`, { provider: 'google' })).headers.location, PAGE)
  assert.equal(await database.identity.count(), 0)
}) // OAU-12

test('a way in through a provider that is not set up here any more does not count as one', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, database, services } = both.portal
  await enterWithGoogle(both, visitor)
  const { id: userId } = await database.user.findFirstOrThrow()
  const gone = { provider: 'other', subject: '1', userId, email: 'ada@other.example' }
  await services.repositories.identities.insert(gone, new Date())

  assert.match((await visitor.visit(PAGE)).text, /<h2>other<\/h2>/)
  assert.equal((await visitor.submit(`${PAGE}/unlink`, { provider: 'google' })).status, 409)
  assert.equal((await visitor.submit(`${PAGE}/unlink`, { provider: 'other' })).status, 303)
  assert.equal(await database.identity.count(), 1)
}) // OAU-12
