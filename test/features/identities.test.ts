import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letProofsAge, readHiddenFields } from '../support/freshness.ts'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { enterWithGoogle, leaveToLink, linkGoogle, readLinks, rosa } from '../support/linking.ts'
import { grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { signIn } from '../support/sign-in.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { visit } from '../support/workers.ts'

const PAGE = '/account/identities'

/** Rosa, just signed in with her password. */
async function openMember(settings = {}) {
  const both = await openPortalWithGoogle({
    people: [rosa, grace],
    settings: { ...behindProxy, ...settings },
  })
  await signIn(both.portal.visitor, rosa.email)
  return { ...both, visitor: both.portal.visitor, client: both.portal.client }
}

test('I link Google on a page, am told on screen and by email, and sign in with it from then on', async () => {
  await using member = await openMember()
  const { visitor, portal } = member
  assert.match((await visitor.visit(PAGE)).text, /<h2>Google<\/h2>\s*<p class="muted">Not linked/)

  const answer = await linkGoogle(member, visitor)

  assert.deepEqual([answer.status, answer.headers.location], [303, PAGE])
  const page = (await visitor.visit(PAGE)).text
  assert.match(page, /Your Google account is linked\. You can sign in with it from now on\./)
  assert.match(
    page,
    /ada\.lovelace@gmail\.com[\s\S]+Linked <time[\s\S]+Last used <time[\s\S]+Reconnect[\s\S]+Unlink/,
  )
  assert.match((await visitor.visit('/account')).text, /href="\/account\/identities">Manage/)
  const mail = await portal.findMail(rosa.email)
  assert.match(mail?.subject ?? '', /You can now sign in to Gatehouse with Google/)
  assert.match(
    mail?.text ?? '',
    /Google account\s+ada\.lovelace@gmail\.com\s+was\s+linked[\s\S]+Firefox on Linux/,
  )
  assert.match((await visitor.visit('/account/history')).text, /Your Google account was linked\./)
  const other = openStranger(portal)
  await enterWithGoogle(member, other)
  assert.match((await other.visit('/account')).text, /rosa@home\.example/)
}) // OAU-09

test('linking asks for a proof when I am not fresh, and then goes on to Google', async () => {
  await using member = await openMember()
  const { visitor, portal } = member
  await letProofsAge(portal)

  const asked = await visitor.submit('/auth/oauth/google/link')
  assert.equal(asked.status, 403)
  assert.equal(asked.headers.refresh, undefined)
  const proved = await visitor.submit('/reauthenticate', {
    ...readHiddenFields(asked.text),
    password: rosa.password,
  })

  assert.match(proved.text, /action="\/auth\/oauth\/google\/link" data-resumes/)
  assert.match(await leaveToLink(visitor), /prompt=select_account/)
})

test('linking the same account again says that it works, and notes its new email', async () => {
  await using member = await openMember()
  const { visitor, portal, google } = member
  await linkGoogle(member, visitor)
  const mails = (await portal.mails()).length
  google.personas.ada.email = 'ada.king@gmail.com'

  const answer = await linkGoogle(member, visitor)

  assert.equal(answer.headers.location, PAGE)
  const { text } = await visitor.visit(PAGE)
  assert.match(text, /was linked already, and it works/)
  assert.match(text, /ada\.king@gmail\.com/)
  assert.equal((await portal.mails()).length, mails)
})

test('a second Google account is not linked beside the first, and I read how to change over', async () => {
  await using member = await openMember()
  const { visitor, portal } = member
  await linkGoogle(member, visitor, 'ada')

  const answer = await linkGoogle(member, visitor, 'grace')

  assert.equal(answer.status, 409)
  assert.match(
    answer.text,
    /ada\.lovelace@gmail\.com is linked\. Choose that one to reconnect it, or unlink it first/,
  )
  assert.match(answer.text, /href="\/account\/identities"/)
  assert.deepEqual(await readLinks(portal), { 'ada.lovelace@gmail.com': rosa.email })
  await visitor.submit(`${PAGE}/unlink`, { provider: 'google' })
  await linkGoogle(member, visitor, 'grace')
  assert.deepEqual(await readLinks(portal), { 'grace@workspace.example': rosa.email })
})

test('an account that is linked to somebody else stays theirs, and I do not learn whose it is', async () => {
  await using member = await openMember()
  const { visitor, portal } = member
  const other = openStranger(portal)
  await signIn(other, grace.email, grace.password)
  await linkGoogle(member, other)

  const answer = await linkGoogle(member, visitor)

  assert.equal(answer.status, 409)
  assert.match(answer.text, /This Google account is in use/)
  assert.doesNotMatch(answer.text, /grace/i)
  assert.match(answer.text, /<form method="post" action="\/auth\/oauth\/google\/link">[\s\S]+Try again/)
  assert.deepEqual(await readLinks(portal), { 'ada.lovelace@gmail.com': grace.email })
}) // OAU-09

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

test('programs read what is linked and where to link, and unlink it with a fresh proof', async () => {
  await using member = await openMember()
  const { visitor, client, portal } = member
  const secret = visitor.sessionSecret() ?? ''
  const link_url = `${portal.baseUrl}${PAGE}`
  const before = await client.get('/auth/identities', secret)
  assert.deepEqual(before.body, {
    providers: [{ provider: 'google', name: 'Google', identity: null, link_url }],
  })
  await linkGoogle(member, visitor)

  const [linked] = (await client.get('/auth/identities', secret)).body.providers
  assert.equal(linked.identity.email, 'ada.lovelace@gmail.com')
  assert.equal(linked.identity.is_last_sign_in_method, false)
  for (const path of ['/auth/identities/none', '/auth/identities/__proto__', '/auth/identities/%00'])
    assert.equal((await client.call('delete', path, secret)).status, 404, path)
  await letProofsAge(portal)
  const stale = await client.call('delete', '/auth/identities/google', secret)
  assert.equal(stale.body.code, 'reauthentication_required')
  const { body } = await client.post('/auth/reauthenticate', { password: rosa.password }, secret)
  const done = await client.call('delete', '/auth/identities/google', body.session.id)
  assert.deepEqual([done.status, done.text], [204, ''])
  assert.equal((await client.call('delete', '/auth/identities/google', body.session.id)).status, 404)
})

test('where no provider is set up the page says so, and the others do not lead to it', async () => {
  await using portal = await openPortal({ people: [rosa] })
  const { visitor } = portal
  await signIn(visitor, rosa.email)

  const page = await visitor.visit(PAGE)

  assert.equal(page.status, 200)
  assert.match(page.text, /There are no other accounts to sign in with here/)
  assert.doesNotMatch((await visitor.visit('/account')).text, /account\/identities|google/i)
  assert.equal((await visitor.submit('/auth/oauth/google/link')).status, 404)
})
