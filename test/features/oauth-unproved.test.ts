import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import type { Visitor } from '../support/visitor.ts'

type Both = Awaited<ReturnType<typeof openPortalWithGoogle>>

const settings = { EMAIL_VERIFICATION: 'optional', REGISTRATION: 'open' }
const password = 'sunset marble violin'

async function signIn({ leave, comeBack, google }: Both, visitor: Visitor, persona: string) {
  return comeBack(visitor, await google.signInAs(await leave(visitor), persona))
}

test('where emails need not be confirmed, a Google account that only claims one is used at once, now and later', async () => {
  await using both = await openPortalWithGoogle({ settings })

  for (const visitor of [both.portal.visitor, both.portal.openVisitor()]) {
    assert.equal((await signIn(both, visitor, 'sam')).headers.location, '/account')
    assert.match((await visitor.visit('/account')).text, /Not confirmed yet/)
  }
  assert.equal(await both.portal.database.user.count(), 1)
})

test('an account that somebody uses without having confirmed its email is its owner’s as soon as Google speaks for it', async () => {
  await using both = await openPortalWithGoogle({ settings })
  const { visitor: stranger, openVisitor, client } = both.portal
  const form = { email: 'ada.lovelace@gmail.com', password }
  await stranger.submit('/register', form)
  assert.equal((await stranger.visit('/account')).status, 200)

  const owner = openVisitor()
  await signIn(both, owner, 'ada')

  assert.match((await owner.visit('/account')).text, /Confirmed/)
  assert.equal((await stranger.visit('/account')).status, 303)
  assert.equal((await client.post('/auth/login', { login: form.email, password })).status, 401)
})

test('the only user of an account keeps its names and stays signed in when Google later speaks for the email', async () => {
  await using both = await openPortalWithGoogle({ settings })
  const { visitor: phone, openVisitor, database } = both.portal
  await signIn(both, phone, 'sam')
  await phone.submit('/account/profile', { display_name: 'Sammy', username: 'sammy' })
  both.google.personas.sam.hd = 'outside.example'

  const laptop = openVisitor()
  await signIn(both, laptop, 'sam')

  assert.match((await laptop.visit('/account')).text, /Welcome!/)
  const { username, displayName, emailVerifiedAt } = await database.user.findFirstOrThrow()
  assert.deepEqual([username, displayName], ['sammy', 'Sammy'])
  assert.ok(emailVerifiedAt)
  assert.match((await phone.visit('/account')).text, /Confirmed/)
  assert.equal(await database.auditEvent.count({ where: { action: 'user.taken_over' } }), 0)
})

test('a Google account that only claims an email opens no account that uses it', async () => {
  await using both = await openPortalWithGoogle({ settings })
  await both.portal.visitor.submit('/register', { email: 'sam@outside.example', password })

  const other = both.portal.openVisitor()
  const answer = await signIn(both, other, 'sam')

  assert.equal(answer.status, 409)
  assert.equal(other.sessionSecret(), null)
  assert.equal(await both.portal.database.identity.count(), 0)
})
