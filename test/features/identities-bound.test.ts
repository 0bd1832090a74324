import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../support/clock.ts'
import { openPortalWithGoogle, openPortalWithLiar } from '../support/google/portal-with-google.ts'
import { enterWithGoogle, leaveToLink, openMember, readLinks, rosa } from '../support/linking.ts'
import { readForms } from '../support/page-forms.ts'
import { grace } from '../support/people.ts'
import { signIn } from '../support/sign-in.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

const PAGE = '/account/identities'

function assertOver({ status, text }: { status: number; text: string }) {
  assert.equal(status, 400)
  assert.match(text, /We couldn’t link your Google account[\s\S]+Nothing has changed/)
  assert.match(text, /href="\/account\/identities">Try again/)
}

test('a way back that somebody else began links their Google account to nobody, and Google is not asked', async () => {
  await using victim = await openMember()
  const { visitor, google, portal, comeBack } = victim
  const attacker = openStranger(portal)
  await signIn(attacker, grace.email, grace.password)
  const foreign = [
    await google.signInAs(await leaveToLink(attacker), 'sam'),
    await google.signInAs(await victim.leave(attacker), 'sam'),
  ]
  await leaveToLink(visitor)

  for (const callback of foreign) {
    const answer = await comeBack(visitor, callback)
    assert.equal(answer.status, 400)
    assert.match(answer.text, /You’re still signed in/)
  }

  assert.equal(victim.redemptions(), 0)
  assert.deepEqual(await readLinks(portal), {})
  assert.match((await visitor.visit('/account')).text, /rosa@home\.example/)
}) // OAU-10

test('a code of somebody else’s Google account, slipped into my own way back, is refused', async () => {
  await using victim = await openMember()
  const { visitor, google, portal, comeBack } = victim
  const attacker = openStranger(portal)
  const theirs = new URL(await google.signInAs(await victim.leave(attacker), 'sam')).searchParams.get('code')
  const own = new URL(await google.signInAs(await leaveToLink(visitor), 'ada'))
  own.searchParams.set('code', theirs ?? '')

  const answer = await comeBack(visitor, own.href)

  assert.equal(answer.status, 400)
  assert.match(answer.text, /We couldn’t accept Google’s answer, so nothing has changed/)
  assert.deepEqual(await readLinks(portal), {})
}) // OAU-10

test('no other site can begin linking, and its address leads to the page', async () => {
  await using member = await openMember()
  const { visitor, portal } = member
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }

  assert.equal((await visitor.submit('/auth/oauth/google/link', {}, foreign)).status, 403)
  const unlink = await visitor.submit(`${PAGE}/unlink`, { provider: 'google' }, foreign)
  assert.equal(unlink.status, 403)
  assert.equal((await visitor.visit('/auth/oauth/google/link')).headers.location, PAGE)
  assert.equal((await visitor.visit(`${PAGE}/unlink`)).headers.location, PAGE)
  assert.equal(await portal.database.oAuthAttempt.count(), 0)
}) // OAU-10

test('linking that I began before signing out does nothing, for nobody and for whoever signs in after me', async () => {
  await using member = await openMember()
  const { visitor, google, portal, comeBack } = member
  const begun = async () => google.signInAs(await leaveToLink(visitor), 'ada')
  const [first, second, third] = [await begun(), await begun(), await begun()]
  await visitor.submit('/logout')

  assertOver(await comeBack(visitor, first))
  await signIn(visitor, grace.email, grace.password)
  assertOver(await comeBack(visitor, second))
  await visitor.submit('/logout')
  await signIn(visitor, rosa.email)
  assertOver(await comeBack(visitor, third))

  assert.equal(member.redemptions(), 0)
  assert.deepEqual(await readLinks(portal), {})
}) // OAU-11

test('linking goes on in the same session when it got a new secret meanwhile', async () => {
  await using member = await openMember()
  const { visitor, google, portal, comeBack } = member
  const callback = await google.signInAs(await leaveToLink(visitor), 'ada')
  const before = visitor.sessionSecret()
  for (const password of [rosa.password, rosa.password]) await visitor.submit('/reauthenticate', { password })
  assert.notEqual(visitor.sessionSecret(), before)

  const answer = await comeBack(visitor, callback)

  assert.equal(answer.headers.location, PAGE)
  assert.deepEqual(await readLinks(portal), { 'ada.lovelace@gmail.com': rosa.email })
}) // OAU-11

test('a proof goes on in the same session when it got a new secret meanwhile', async () => {
  await using both = await openPortalWithGoogle({ settings: behindProxy })
  const { visitor } = both.portal
  await enterWithGoogle(both, visitor)
  const ways = []
  for (const _ of [1, 2]) {
    const { headers } = await visitor.submit('/auth/oauth/google/reauthenticate')
    ways.push(await both.google.signInAs(String(headers.refresh).replace('0; url=', ''), 'ada'))
  }

  for (const way of ways) assert.equal((await both.comeBack(visitor, way)).headers.location, '/account')
})

test('after ten minutes linking is over, and one presses once more', async () => {
  const clock = createTestClock()
  await using member = await openMember({ clock })
  const { visitor, google, comeBack } = member
  const callback = await google.signInAs(await leaveToLink(visitor), 'ada')
  clock.forward(10 * 60_000 + 1)

  assertOver(await comeBack(visitor, callback))
  assert.equal(member.redemptions(), 0)
})

test('what I began as linking signs nobody in, and a sign-in links nothing to whoever is signed in', async () => {
  await using member = await openMember()
  const { visitor, google, portal, comeBack } = member
  const link = await google.signInAs(await leaveToLink(visitor), 'ada')
  visitor.jar.delete('session')
  assertOver(await comeBack(visitor, link))
  assert.equal(visitor.sessionSecret(), null)

  await signIn(visitor, rosa.email)
  await enterWithGoogle(member, visitor, 'grace')

  assert.deepEqual(await readLinks(portal), { 'grace@workspace.example': 'grace@workspace.example' })
}) // OAU-11

test('one way back links once, and pressing Back afterwards explains itself', async () => {
  await using member = await openMember()
  const { visitor, google, portal, comeBack } = member
  const callback = await google.signInAs(await leaveToLink(visitor), 'ada')

  const answers = await Promise.all(Array.from({ length: 5 }, () => comeBack(visitor, callback)))
  const later = await comeBack(visitor, callback)

  assert.equal(answers.filter(({ status }) => status === 303).length, 1)
  assert.match(later.text, /already finished[\s\S]+Back to your account/)
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'identity.linked' } }), 1)
})

test('whoever changes their mind at Google reads that nothing was linked, and can try again at once, unless somebody else has signed in since', async () => {
  await using member = await openMember()
  const { visitor, google, portal, comeBack } = member

  const answer = await comeBack(visitor, await google.cancel(await leaveToLink(visitor)))

  assert.equal(answer.status, 200)
  assert.match(answer.text, /You cancelled at Google, so nothing has changed/)
  assert.match(answer.text, /<form method="post" action="\/auth\/oauth\/google\/link">[\s\S]+Try again/)
  assert.deepEqual(await readLinks(portal), {})

  const [again] = readForms(answer.text)
  await visitor.submit('/logout')
  await signIn(visitor, grace.email, grace.password)
  const late = await visitor.submit(again?.action ?? '', again?.fields)
  assert.equal(late.headers.refresh, undefined)
  assert.equal(await portal.database.oAuthAttempt.count(), 0)
})

test('while Google does not answer, before or after, nothing changes, and the page says so', async () => {
  await using both = await openPortalWithLiar({ people: [rosa] })
  const { portal, google, comeBack } = both
  const { visitor } = portal
  await signIn(visitor, rosa.email)
  const callback = await google.signIn(await leaveToLink(visitor))

  google.lie = { tokenStatus: 500 }
  const after = await comeBack(visitor, callback)
  assert.equal(after.status, 502)
  assert.match(after.text, /Google isn’t responding[\s\S]+Nothing has changed[\s\S]+Try again/)
  google.lie = { claims: { aud: 'somebody else' } }
  assert.equal((await comeBack(visitor, await google.signIn(await leaveToLink(visitor)))).status, 400)
  assert.deepEqual(await readLinks(portal), {})
})

test('an account whose email Google has not checked is not linked, so a new password throws out what a thief has linked', async () => {
  await using both = await openPortalWithLiar({ people: [rosa] })
  const { portal, google, comeBack } = both
  const { visitor } = portal
  await signIn(visitor, rosa.email)

  for (const claims of [{ email: undefined }, { email: rosa.email, email_verified: false }]) {
    google.lie = { claims }
    const answer = await comeBack(visitor, await google.signIn(await leaveToLink(visitor)))
    assert.equal(answer.status, 400)
    assert.match(answer.text, /Google hasn’t confirmed its email, so we couldn’t link it/)
  }

  assert.deepEqual(await readLinks(portal), {})
}) // K4

test('a linked account takes no email that Google has not checked, whatever it calls itself later', async () => {
  await using both = await openPortalWithLiar({ people: [rosa] })
  const { portal, google, comeBack, leave } = both
  const { visitor } = portal
  await signIn(visitor, rosa.email)
  google.lie = { claims: { email: 'mallory@evil.example' } }
  await comeBack(visitor, await google.signIn(await leaveToLink(visitor)))

  google.lie = { claims: { email: rosa.email, email_verified: false } }
  await comeBack(visitor, await google.signIn(await leaveToLink(visitor)))
  const other = openStranger(portal)
  assert.equal((await comeBack(other, await google.signIn(await leave(other)))).status, 303)

  assert.deepEqual(await readLinks(portal), { 'mallory@evil.example': rosa.email })
}) // K4
