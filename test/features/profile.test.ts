import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { isAskedToSignIn, signIn } from '../support/sign-in.ts'
import type { Answer } from '../support/visitor.ts'

const newcomer = { email: 'new@example.com', password: ada.password } satisfies Person
const unnamed = { display_name: '', username: '' }

test('a member gives a name and a username, is called by it, and signs in with it', async () => {
  await using portal = await openPortal({ people: [newcomer] })
  const { visitor } = portal
  await signIn(visitor, newcomer.email)
  assert.equal(
    (await visitor.visit('/account')).text.match(/class="row-link" href="\/account\/profile"/g)?.length,
    2,
  )
  assert.deepEqual(readFields(await visitor.visit('/account/profile')), unnamed)

  const saved = await visitor.submit('/account/profile', { display_name: ' Zoë 🦔 ', username: 'Zoe.H' })
  const account = await visitor.visit('/account')

  assert.deepEqual([saved.status, saved.headers.location], [303, '/account'])
  for (const shown of ['Your profile is saved.', 'Zoë 🦔', 'zoe.h'])
    assert.ok(account.text.includes(shown), shown)
  assert.doesNotMatch((await visitor.visit('/account')).text, /Your profile is saved/)
  const form = await visitor.visit('/account/profile')
  assert.deepEqual(readFields(form), { display_name: 'Zoë 🦔', username: 'zoe.h' })
  assert.equal(form.headers['cache-control'], 'no-store')
  assert.equal((await signIn(portal.openVisitor(), 'zoe.h')).status, 303)
})

test('an emptied field removes the name, and one that was not sent keeps it', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  const profileAfter = async (typed: Record<string, string>) => {
    assert.equal((await visitor.submit('/account/profile', typed)).status, 303)
    return readFields(await visitor.visit('/account/profile'))
  }

  assert.deepEqual(await profileAfter({}), { display_name: ada.displayName, username: ada.username })
  assert.deepEqual(await profileAfter({ display_name: ' ' }), { display_name: '', username: ada.username })
  assert.deepEqual(await profileAfter({ username: '' }), unnamed)
})

test('every mistake is told beside its field, with what was typed, and nothing is saved', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  const typed = { display_name: 'x'.repeat(81), username: 'a b' }

  const answer = await visitor.submit('/account/profile', typed)

  assert.equal(answer.status, 422)
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.deepEqual(readFields(answer), typed)
  assert.match(answer.text, /id="display_name-error">Use 80 characters or fewer\.</)
  assert.match(
    answer.text,
    /id="username-error">Use 3 to 32 letters, numbers, dots, hyphens or underscores\.</,
  )
  const now = readFields(await visitor.visit('/account/profile'))
  assert.deepEqual(now, { display_name: ada.displayName, username: ada.username })
})

test('a username that somebody else has is refused beside its field, and the name typed with it is kept', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  const typed = { display_name: 'Countess', username: grace.username.toUpperCase() }

  const answer = await visitor.submit('/account/profile', typed)

  assert.equal(answer.status, 422)
  assert.deepEqual(readFields(answer), typed)
  assert.match(answer.text, /id="username-error">This username is taken\. Choose another one\.</)
  const now = readFields(await visitor.visit('/account/profile'))
  assert.deepEqual(now, { display_name: ada.displayName, username: ada.username })
})

test('whoever changes a profile changes nothing else of the account', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  const claims = { id: '1', email: 'boss@example.com', role: 'admin', is_active: 'false', isActive: '' }

  await visitor.submit('/account/profile', { display_name: 'Ada', username: 'ada', ...claims })

  const people = await portal.database.user.findMany({ orderBy: { email: 'asc' } })
  assert.deepEqual(
    people.map(({ email, displayName, role, isActive }) => [email, displayName, role, isActive]),
    [
      [ada.email, 'Ada', 'user', true],
      [grace.email, grace.displayName, 'user', true],
    ],
  )
})

test('a profile is for its owner: others sign in first, and one confirms the email before', async () => {
  const waiting = { ...newcomer, isVerified: false }
  await using portal = await openPortal({ people: [waiting], settings: { REGISTRATION: 'open' } })
  const { visitor } = portal
  const names = { display_name: 'Zoe', username: 'zoe' }
  assert.equal(
    (await visitor.visit('/account/profile')).headers.location,
    '/login?return_to=%2Faccount%2Fprofile',
  )
  assert.ok(isAskedToSignIn(await visitor.submit('/account/profile', names)))

  await signIn(visitor, waiting.email)

  assert.equal((await visitor.visit('/account/profile')).headers.location, '/verify-email')
  assert.equal((await visitor.submit('/account/profile', names)).headers.location, '/verify-email')
  assert.equal(await portal.database.user.count({ where: { displayName: null, username: null } }), 1)
})

test('a form from another site is shown again and changes nothing', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await signIn(visitor, ada.email)
  const typed = { display_name: 'Eve', username: 'eve' }

  const answer = await visitor.submit('/account/profile', typed, { 'sec-fetch-site': 'cross-site' })

  assert.equal(answer.status, 403)
  assert.deepEqual(readFields(answer), typed)
  assert.match(answer.text, /This came from another site, so nothing has changed/)
  assert.match((await visitor.visit('/account')).text, /Ada Lovelace/)
})

/** What stands in the fields of the form. */
function readFields({ text }: Answer): Record<string, string | undefined> {
  const fields = [...text.matchAll(/<input\s[^>]*name="(\w+)"[^>]*type="text"[^>]*value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name, value]) => [name, value]))
}
