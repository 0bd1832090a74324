import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withGoogle } from '../support/addresses.ts'
import { readHiddenFields } from '../support/freshness.ts'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { isAskedToSignIn, signIn } from '../support/sign-in.ts'
import type { Visitor } from '../support/visitor.ts'

const signInAsGrace = { login: grace.email, password: grace.password }

/** Ada's form, sent after her session is gone: the fields of the page that asks her to sign in. */
async function sendWithoutSession(visitor: Visitor): Promise<Record<string, string>> {
  const page = await visitor.visit('/account/profile')
  await visitor.submit('/logout')
  const form = { ...readHiddenFields(page.text), display_name: 'Ada <King>', username: 'countess' }
  const asked = await visitor.submit('/account/profile', form)
  assert.ok(isAskedToSignIn(asked))
  assert.match(asked.text, /You’re not signed in any more\. Sign in to go on with what you were doing\./)
  const { return_to = '', typed = '' } = readHiddenFields(asked.text)
  return { return_to, typed }
}

test('what one person typed never goes on as somebody else who signs in there', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  const carried = await sendWithoutSession(visitor)

  const answer = await visitor.submit('/login', { ...carried, ...signInAsGrace })

  assert.deepEqual([answer.status, answer.headers.location], [303, '/account/profile'])
  assert.doesNotMatch((await visitor.visit('/account/profile')).text, /countess/)
})

test('nor does a form that was open in a tab while somebody else signed in in another', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  const form = readHiddenFields((await visitor.visit('/account/profile')).text)
  await visitor.submit('/logout')
  await visitor.submit('/login', signInAsGrace)

  const answer = await visitor.submit('/account/profile', { ...form, display_name: 'Ada' })

  assert.equal(answer.status, 422)
  assert.match(answer.text, /You’re signed in as grace@example\.com now, so nothing has changed\./)
  const names = await portal.database.user.findMany({ select: { displayName: true } })
  assert.deepEqual(names.map(({ displayName }) => displayName).toSorted(), ['Ada Lovelace', 'Grace Hopper'])
})

test('what another site puts into the sign-in form does not go on', async () => {
  await using portal = await openPortal({ people: [ada], settings: withGoogle })
  const planted = { login: ada.email, typed: '{"display_name":"planted"}', return_to: '/account/profile' }

  for (const path of ['/login', '/auth/oauth/google']) {
    const answer = await portal.visitor.submit(path, planted, { 'sec-fetch-site': 'cross-site' })
    assert.doesNotMatch(answer.text, /planted/)
  }
})

test('whoever signs in with Google instead goes on with what they had typed as well', async () => {
  await using both = await openPortalWithGoogle()
  const { portal, google, leave, comeBack } = both
  const { visitor } = portal
  await comeBack(visitor, await google.signInAs(await leave(visitor), 'ada'))
  const carried = await sendWithoutSession(visitor)

  const answer = await comeBack(visitor, await google.signInAs(await leave(visitor, carried), 'ada'))

  assert.match(answer.text, /<form method="post" action="\/account\/profile" data-resumes>/)
  const form = readHiddenFields(answer.text)
  assert.deepEqual([form.display_name, form.username], ['Ada <King>', 'countess'])
})

test('nobody is kept from signing in by how much they had typed', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  const asked = await visitor.submit('/account/profile', { display_name: '"'.repeat(30_000), owner: 'x' })
  const carried = readHiddenFields(asked.text)

  const answer = await visitor.submit('/login', { ...carried, login: ada.email, password: ada.password })

  assert.deepEqual([answer.status, answer.headers.location], [303, '/account/profile'])
})

test('no password that was typed, and no token, is on the page that asks for a sign-in', async () => {
  await using portal = await openPortal({ people: [ada] })
  const secrets = {
    current_password: 'secret-1',
    new_password: 'secret-2',
    token: 'secret-3',
    code: 'secret-4',
  }

  const asked = await portal.visitor.submit('/account/password', { ...secrets, note: 'kept' })

  assert.ok(isAskedToSignIn(asked))
  assert.match(asked.text, /kept/)
  assert.doesNotMatch(asked.text, /secret-/)
})
