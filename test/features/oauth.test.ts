import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { gmailAda as ada, enterWithGoogle, readAccount } from '../support/linking.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'

test('a new Google user gets an account, confirmed and signed in, and is welcomed', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, mails } = both.portal

  const answer = await enterWithGoogle(both, visitor, 'ada')

  assert.equal(answer.status, 303)
  assert.equal(answer.headers.location, '/account')
  const account = await readAccount(visitor)
  assert.match(account ?? '', /Welcome!/)
  assert.match(account ?? '', /ada\.lovelace@gmail\.com/)
  assert.match(account ?? '', /Ada Lovelace/)
  assert.match(account ?? '', /Confirmed/)
  assert.deepEqual(
    (await mails()).map(({ subject }) => subject),
    ['Welcome to Gatehouse'],
  )
})

test('an address in a Google Workspace needs no email from us either', async () => {
  await using both = await openPortalWithGoogle()
  await enterWithGoogle(both, both.portal.visitor, 'grace')
  assert.match((await readAccount(both.portal.visitor)) ?? '', /grace@workspace\.example/)
})

test('coming back with the same Google account opens the same account', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, database } = both.portal
  await enterWithGoogle(both, openVisitor(), 'ada')

  const later = openVisitor()
  await enterWithGoogle(both, later, 'ada')

  assert.ok(await readAccount(later))
  assert.equal(await database.user.count(), 1)
  assert.equal(await database.identity.count(), 1)
})

test('each sign-in with Google starts a fresh session, and the one before in this browser ends', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, client } = both.portal
  await enterWithGoogle(both, visitor, 'ada')
  const before = visitor.sessionSecret() ?? ''

  await enterWithGoogle(both, visitor, 'ada')

  assert.notEqual(visitor.sessionSecret(), before)
  assert.equal((await client.get('/auth/me', before)).status, 401)
  assert.equal((await client.get('/auth/me', visitor.sessionSecret() ?? '')).status, 200)
}) // LOG-11

test('whoever asked to stay signed in stays signed in, others only until the browser closes', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor } = both.portal
  const [staying, leaving] = [openVisitor(), openVisitor()]

  await both.comeBack(
    staying,
    await both.google.signInAs(await both.leave(staying, { remember: '1' }), 'ada'),
  )
  await enterWithGoogle(both, leaving, 'ada')

  assert.match(staying.cookie('session')?.attributes ?? '', /Expires=/)
  assert.doesNotMatch(leaving.cookie('session')?.attributes ?? '', /Expires=|Max-Age=/)
})

test('an address that Google only claims is proved by our own mail before anybody is signed in', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, linkMailedTo } = both.portal

  const answer = await enterWithGoogle(both, visitor, 'sam')

  assert.equal(answer.headers.location, '/registered')
  assert.match((await visitor.visit('/registered')).text, /sam@outside\.example/)
  assert.equal(visitor.sessionSecret(), null)
  const link = await linkMailedTo('sam@outside.example')
  const token = new URLSearchParams(link.split('?')[1]).get('token') ?? ''
  await visitor.submit('/verify-email', { token })
  await enterWithGoogle(both, visitor, 'sam')
  assert.match((await readAccount(visitor)) ?? '', /sam@outside\.example/)
})

test('until then every further sign-in leads to the mailbox again', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, mails, database } = both.portal
  await enterWithGoogle(both, visitor, 'sam')

  const answer = await enterWithGoogle(both, visitor, 'sam')

  assert.equal(answer.headers.location, '/registered')
  assert.equal(visitor.sessionSecret(), null)
  assert.equal((await mails()).length, 2)
  assert.equal(await database.user.count(), 1)
})

test('the mailed link does not confirm an account for a Google user in another browser', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, linkMailedTo } = both.portal
  const [stranger, owner] = [openVisitor(), openVisitor()]
  await enterWithGoogle(both, stranger, 'sam')

  const answer = await owner.openLink(await linkMailedTo('sam@outside.example'))

  assert.equal(answer.status, 409)
  assert.equal((await enterWithGoogle(both, stranger, 'sam')).headers.location, '/registered')
})

test('while registration is closed, Google makes no account but lets members in', async () => {
  await using both = await openPortalWithGoogle({ people: [ada], settings: { REGISTRATION: 'closed' } })
  const { openVisitor, database } = both.portal
  const [stranger, member] = [openVisitor(), openVisitor()]

  const answer = await enterWithGoogle(both, stranger, 'grace')
  await enterWithGoogle(both, member, 'ada')

  assert.equal(answer.status, 403)
  assert.match(answer.text, /registration is closed/)
  assert.ok(await readAccount(member))
  assert.equal(await database.user.count(), 1)
})

test('where Google is not set up there is no button and no address', async () => {
  await using portal = await openPortal()
  const { visitor } = portal
  assert.doesNotMatch((await visitor.visit('/login')).text, /google/i)
  assert.doesNotMatch((await visitor.visit('/register')).text, /google/i)
  assert.equal((await visitor.visit('/auth/oauth/google')).status, 404)
  assert.equal((await visitor.submit('/auth/oauth/google')).status, 404)
  assert.equal((await visitor.visit('/auth/oauth/google/callback?state=a&code=b')).status, 404)
})

test('where Google is set up the button is on both pages', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor } = both.portal
  for (const page of ['/login', '/register'])
    assert.match(
      (await visitor.visit(page)).text,
      /<form method="post" action="\/auth\/oauth\/google">[\s\S]+Sign (in|up) with Google/,
    )
})

for (const store of stores) {
  test(`twenty people with one new Google account at once are one user (${store.name})`, async () => {
    await using open = await store.open()
    await using both = await openPortalWithGoogle({ settings: { ...open.settings, TRUST_PROXY: '1' } })
    const { openVisitor, database } = both.portal
    const tabs = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        const visitor = openVisitor({ 'x-forwarded-for': `192.0.2.${number}` })
        return { visitor, callback: await both.google.signInAs(await both.leave(visitor), 'ada') }
      }),
    )

    const answers = await Promise.all(tabs.map(({ visitor, callback }) => both.comeBack(visitor, callback)))

    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [303])
    for (const { visitor } of tabs) assert.ok(await readAccount(visitor))
    assert.equal(await database.user.count(), 1)
    assert.equal(await database.identity.count(), 1)
  }) // OAU-20
}

test('ten tabs that arrive at once with an address that is only claimed are one account, and its mail works', async () => {
  await using open = await (stores.at(-1) ?? assert.fail()).open()
  await using both = await openPortalWithGoogle({ settings: { ...open.settings, TRUST_PROXY: '1' } })
  const { openVisitor, database, mails } = both.portal
  const tabs = await Promise.all(
    Array.from({ length: 10 }, async (_, number) => {
      const visitor = openVisitor({ 'x-forwarded-for': `192.0.2.${number}` })
      return { visitor, callback: await both.google.signInAs(await both.leave(visitor), 'sam') }
    }),
  )

  const answers = await Promise.all(tabs.map(({ visitor, callback }) => both.comeBack(visitor, callback)))

  assert.deepEqual([...new Set(answers.map(({ headers }) => headers.location))], ['/registered'])
  assert.equal(await database.user.count(), 1)
  assert.equal(await database.identity.count(), 1)
  const links = (await mails()).map(({ text }) => /\/verify-email\S+/.exec(text)?.[0] ?? '')
  const statuses = []
  for (const link of links) statuses.push((await tabs[0]?.visitor.openLink(link))?.status)
  assert.equal(statuses.filter((status) => status === 200).length, 1)
})
