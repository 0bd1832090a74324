import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letProofsAge, readHiddenFields } from '../support/freshness.ts'
import { enterWithGoogle, leaveToLink, linkGoogle, openMember, readLinks, rosa } from '../support/linking.ts'
import { grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { signIn } from '../support/sign-in.ts'
import { openStranger } from '../support/strangers.ts'

const PAGE = '/account/identities'

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
