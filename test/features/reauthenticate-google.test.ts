import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letProofsAge, readHiddenFields } from '../support/freshness.ts'
import { openPortalWithGoogle, openPortalWithLiar } from '../support/google/portal-with-google.ts'
import { enterWithGoogle } from '../support/linking.ts'
import { ada } from '../support/people.ts'
import { isAskedToSignIn, signIn } from '../support/sign-in.ts'
import type { Visitor } from '../support/visitor.ts'

const wish = { return_to: '/account/profile', typed: '{"username":"countess","display_name":"Ada"}' }

/** Signed in with Google some minutes ago; there is no password. */
async function openStale() {
  const both = await openPortalWithGoogle()
  const { visitor } = both.portal
  await enterWithGoogle(both, visitor)
  await letProofsAge(both.portal)
  return { ...both, visitor }
}

/** Presses the button; where the browser is sent to. */
async function leaveToProve(visitor: Visitor, form: Record<string, string> = wish) {
  const answer = await visitor.submit('/auth/oauth/google/reauthenticate', form)
  const [, url] = /^0; url=(.+)$/.exec(answer.headers.refresh ?? '') ?? []
  assert.ok(url, answer.text)
  return url
}

test('somebody without a password is offered Google, and Google is asked to make sure', async () => {
  await using stale = await openStale()
  const { visitor } = stale

  const page = await visitor.visit('/reauthenticate?return_to=/account/profile')
  const url = new URL(await leaveToProve(visitor))

  assert.match(page.text, /action="\/auth\/oauth\/google\/reauthenticate"/)
  assert.doesNotMatch(page.text, /type="password"|<span>or<\/span>/)
  assert.deepEqual([url.searchParams.get('max_age'), url.searchParams.get('prompt')], ['0', 'select_account'])
})

test('the Google account I sign in with makes me fresh, under a new secret, and what I had typed goes on', async () => {
  await using stale = await openStale()
  const { visitor, google, comeBack } = stale
  const secret = visitor.sessionSecret()

  const answer = await comeBack(visitor, await google.signInAs(await leaveToProve(visitor), 'ada'))

  assert.equal(answer.status, 200)
  assert.match(answer.text, /<form method="post" action="\/account\/profile" data-resumes>/)
  assert.deepEqual(readHiddenFields(answer.text), { username: 'countess', display_name: 'Ada' })
  assert.notEqual(visitor.sessionSecret(), secret)
  assert.equal((await visitor.visit('/reauthenticate')).headers.location, '/account')
  const sessions = await stale.portal.database.session.findMany({ where: { revokedAt: null } })
  assert.equal(sessions.length, 1)
}) // LOG-11

test('another Google account proves nothing, signs nobody in and is linked to nobody', async () => {
  await using stale = await openStale()
  const { visitor, google, comeBack, portal } = stale
  const secret = visitor.sessionSecret()

  for (const persona of ['grace', 'sam']) {
    const answer = await comeBack(visitor, await google.signInAs(await leaveToProve(visitor), persona))

    assert.equal(answer.status, 422)
    assert.match(answer.text, /isn’t the Google account you sign in with here/)
    assert.deepEqual(readHiddenFields(answer.text), wish)
  }
  assert.equal(visitor.sessionSecret(), secret)
  assert.deepEqual([await portal.database.user.count(), await portal.database.identity.count()], [1, 1])
  assert.equal((await visitor.visit('/reauthenticate')).status, 200)
}) // OAU-11

test('a proof that one session began makes no other session fresh', async () => {
  await using stale = await openStale()
  const { visitor, google, comeBack, portal } = stale
  const callback = await google.signInAs(await leaveToProve(visitor), 'ada')
  await visitor.submit('/logout')
  await enterWithGoogle(stale, visitor)
  await letProofsAge(portal)
  const redeemed = stale.redemptions()

  const answer = await comeBack(visitor, callback)

  assert.equal(answer.status, 400)
  assert.equal((await visitor.visit('/reauthenticate')).status, 200)
  assert.equal(stale.redemptions(), redeemed)
}) // OAU-11

test('a proof does not sign in whoever is signed out when it comes back', async () => {
  await using stale = await openStale()
  const { visitor, google, comeBack } = stale
  const callback = await google.signInAs(await leaveToProve(visitor), 'ada')
  await visitor.submit('/logout')

  assert.equal((await comeBack(visitor, callback)).status, 400)
  assert.equal(visitor.sessionSecret(), null)
})

test('a Google account that was unlinked while Google was asked proves nothing', async () => {
  await using stale = await openStale()
  const { visitor, google, comeBack, portal } = stale
  const callback = await google.signInAs(await leaveToProve(visitor), 'ada')
  await portal.database.identity.deleteMany()

  const answer = await comeBack(visitor, callback)

  assert.equal(answer.status, 422)
  assert.equal((await visitor.visit('/reauthenticate')).status, 200)
})

test('whoever changes their mind at Google is asked again, with what they had typed', async () => {
  await using stale = await openStale()
  const { visitor, google, comeBack } = stale

  const answer = await comeBack(visitor, await google.cancel(await leaveToProve(visitor)))

  assert.equal(answer.status, 422)
  assert.match(answer.text, /Google sign-in was cancelled/)
  assert.deepEqual(readHiddenFields(answer.text), wish)
})

test('what Google remembers from before is no proof', async () => {
  await using both = await openPortalWithLiar({ people: [ada] })
  const { portal, google, leave, comeBack } = both
  const { visitor } = portal
  await comeBack(visitor, await google.signIn(await leave(visitor)))
  await letProofsAge(portal)
  const nowSeconds = Math.floor(Date.now() / 1000)

  google.lie = { claims: { auth_time: nowSeconds - 3_600 } }
  const stale = await comeBack(visitor, await google.signIn(await leaveToProve(visitor)))
  assert.equal(stale.status, 422)
  assert.match(stale.text, /Google didn’t ask you again/)

  google.lie = { claims: { auth_time: nowSeconds } }
  const fresh = await comeBack(visitor, await google.signIn(await leaveToProve(visitor)))
  assert.equal(fresh.status, 200)
})

test('a provider that does not say when somebody proved it has proved nothing, unless it never says so, as Google', async () => {
  await using both = await openPortalWithLiar({ people: [ada] })
  const { portal, google, leave, comeBack } = both
  const { visitor } = portal
  google.lie = { claims: { auth_time: undefined } }
  await comeBack(visitor, await google.signIn(await leave(visitor)))
  await letProofsAge(portal)
  const silent = await comeBack(visitor, await google.signIn(await leaveToProve(visitor)))
  assert.equal(silent.status, 422)
  assert.match(silent.text, /We couldn’t accept Google’s answer/)

  const discovery = { claims_supported: ['aud', 'email', 'exp', 'iat', 'iss', 'name', 'sub'] }
  await using other = await openPortalWithLiar({ people: [ada] })
  other.google.lie = { discovery, claims: { auth_time: undefined } }
  const guest = other.portal.visitor
  await other.comeBack(guest, await other.google.signIn(await other.leave(guest)))
  await letProofsAge(other.portal)
  const proved = await other.comeBack(guest, await other.google.signIn(await leaveToProve(guest)))
  assert.equal(proved.status, 200)
})

test('nobody can begin a proof without being signed in, and its address leads somewhere', async () => {
  await using both = await openPortalWithGoogle({ people: [ada] })
  const { visitor } = both.portal

  assert.ok(isAskedToSignIn(await visitor.submit('/auth/oauth/google/reauthenticate', wish)))
  assert.ok(isAskedToSignIn(await visitor.submit('/reauthenticate', wish)))
  await signIn(visitor, ada.email)
  assert.equal((await visitor.visit('/auth/oauth/google/reauthenticate')).headers.location, '/reauthenticate')
})
