import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../support/clock.ts'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import type { Person } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import type { Visitor } from '../support/visitor.ts'

type Both = Awaited<ReturnType<typeof openPortalWithGoogle>>

const password = 'sunset marble violin'
/** People of the portal whose addresses the personas of Google have. */
const ada = {
  email: 'ada.lovelace@gmail.com',
  password,
  username: 'ada',
  displayName: 'Ada',
} satisfies Person
const sam = { email: 'sam@outside.example', password, displayName: 'Sam' } satisfies Person

async function signIn({ leave, comeBack, google }: Both, visitor: Visitor, persona: string) {
  return comeBack(visitor, await google.signInAs(await leave(visitor), persona))
}

async function readAccount(visitor: Visitor) {
  const { status, text } = await visitor.visit('/account')
  return status === 200 ? text : null
}

function listEvents({ portal }: Both, action: string) {
  return portal.database.auditEvent.findMany({ where: { action } })
}

test('a new Google user gets an account, confirmed and signed in, and is welcomed', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, mails } = both.portal

  const answer = await signIn(both, visitor, 'ada')

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
  await signIn(both, both.portal.visitor, 'grace')
  assert.match((await readAccount(both.portal.visitor)) ?? '', /grace@workspace\.example/)
})

test('coming back with the same Google account opens the same account', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, database } = both.portal
  await signIn(both, openVisitor(), 'ada')

  const later = openVisitor()
  await signIn(both, later, 'ada')

  assert.ok(await readAccount(later))
  assert.equal(await database.user.count(), 1)
  assert.equal(await database.identity.count(), 1)
})

test('each sign-in with Google starts a fresh session, and the one before in this browser ends', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, client } = both.portal
  await signIn(both, visitor, 'ada')
  const before = visitor.sessionSecret() ?? ''

  await signIn(both, visitor, 'ada')

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
  await signIn(both, leaving, 'ada')

  assert.match(staying.cookie('session')?.attributes ?? '', /Expires=/)
  assert.doesNotMatch(leaving.cookie('session')?.attributes ?? '', /Expires=|Max-Age=/)
})

test('an address that Google only claims is proved by our own mail before anybody is signed in', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, linkMailedTo } = both.portal

  const answer = await signIn(both, visitor, 'sam')

  assert.equal(answer.headers.location, '/registered')
  assert.match((await visitor.visit('/registered')).text, /sam@outside\.example/)
  assert.equal(visitor.sessionSecret(), null)
  const link = await linkMailedTo('sam@outside.example')
  const token = new URLSearchParams(link.split('?')[1]).get('token') ?? ''
  await visitor.submit('/verify-email', { token })
  await signIn(both, visitor, 'sam')
  assert.match((await readAccount(visitor)) ?? '', /sam@outside\.example/)
})

test('until then every further sign-in leads to the mailbox again', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, mails, database } = both.portal
  await signIn(both, visitor, 'sam')

  const answer = await signIn(both, visitor, 'sam')

  assert.equal(answer.headers.location, '/registered')
  assert.equal(visitor.sessionSecret(), null)
  assert.equal((await mails()).length, 2)
  assert.equal(await database.user.count(), 1)
})

test('the mailed link does not confirm an account for a Google user in another browser', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, linkMailedTo } = both.portal
  const [stranger, owner] = [openVisitor(), openVisitor()]
  await signIn(both, stranger, 'sam')

  const answer = await owner.openLink(await linkMailedTo('sam@outside.example'))

  assert.equal(answer.status, 409)
  assert.equal((await signIn(both, stranger, 'sam')).headers.location, '/registered')
})

test('a known address that Google speaks for is linked, and its owner is told on screen and by mail', async () => {
  await using both = await openPortalWithGoogle({ people: [ada] })
  const { visitor, findMail, openVisitor } = both.portal

  await signIn(both, visitor, 'ada')

  const account = (await readAccount(visitor)) ?? ''
  assert.match(account, /Your Google account is linked/)
  assert.match(account, /<dt>Google<\/dt>/)
  assert.match(account, /With your email/)
  assert.match((await findMail(ada.email))?.subject ?? '', /sign in to Gatehouse with Google/)
  assert.equal((await listEvents(both, 'identity.linked')).length, 1)
  const withPassword = openVisitor()
  await withPassword.submit('/login', { login: ada.email, password })
  assert.ok(await readAccount(withPassword))
})

test('a known address that Google only claims asks for the password first, and nothing is linked', async () => {
  await using both = await openPortalWithGoogle({ people: [sam] })
  const { visitor, database, mails } = both.portal

  const answer = await signIn(both, visitor, 'sam')

  assert.equal(answer.status, 409)
  assert.match(answer.text, /You already have an account/)
  assert.equal(visitor.sessionSecret(), null)
  assert.equal(await database.identity.count(), 0)
  assert.deepEqual(await mails(), [])
})

test('an address that Google has not verified opens nobody’s account, whoever’s domain it is in', async () => {
  await using both = await openPortalWithGoogle({ people: [ada] })
  const { visitor, database } = both.portal
  both.google.personas.ada.emailVerified = false
  both.google.personas.grace.emailVerified = false

  assert.equal((await signIn(both, visitor, 'ada')).status, 409)
  assert.equal((await signIn(both, visitor, 'grace')).headers.location, '/registered')
  assert.equal(visitor.sessionSecret(), null)
  assert.equal(await database.user.count({ where: { emailVerifiedAt: { not: null } } }), 1)
})

for (const store of stores) {
  test(`an account that a stranger prepared is cleaned out for the owner of the mailbox (${store.name})`, async () => {
    await using open = await store.open()
    const clock = createTestClock()
    const settings = { ...open.settings, REGISTRATION: 'open' }
    await using both = await openPortalWithGoogle({ settings, clock })
    const { openVisitor, client, linkMailedTo, database } = both.portal
    const [stranger, owner] = [openVisitor(), openVisitor()]
    await stranger.submit('/register', { email: ada.email, password, username: 'mine', display_name: 'Mine' })
    const strangersSecret = stranger.sessionSecret() ?? ''
    clock.forward(10_000) // so that what Redis knows is believed
    assert.equal((await client.get('/auth/me', strangersSecret)).status, 403)
    const strangersLink = await linkMailedTo(ada.email)

    await signIn(both, owner, 'ada')

    const account = (await readAccount(owner)) ?? ''
    assert.match(account, /The account is yours now/)
    assert.match(account, /Ada Lovelace/)
    assert.match(account, /Set one/)
    assert.doesNotMatch(account, /With your email|mine/i)
    assert.equal((await client.get('/auth/me', strangersSecret)).status, 401)
    assert.equal((await stranger.submit('/login', { login: ada.email, password })).status, 422)
    assert.equal((await stranger.openLink(strangersLink)).status, 410)
    assert.equal(await database.user.count({ where: { wantedUsername: { not: null } } }), 0)
  }) // OAU-08
}

test('the owner hears by mail that an account was cleaned out, and it is on record', async () => {
  await using both = await openPortalWithGoogle({ people: [{ ...ada, isVerified: false }] })

  await signIn(both, both.portal.visitor, 'ada')

  const mail = await both.portal.findMail(ada.email)
  assert.match(mail?.subject ?? '', /Google from now on/)
  assert.match(mail?.text ?? '', /removed its password/)
  assert.equal((await listEvents(both, 'user.taken_over')).length, 1)
  assert.equal((await listEvents(both, 'session.all_ended')).length, 1)
})

test('a Google account that only claimed an address loses it to the one that Google speaks for', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, database } = both.portal
  const [stranger, owner] = [openVisitor(), openVisitor()]
  both.google.personas.sam.email = 'ada.lovelace@gmail.com'
  both.google.personas.sam.emailVerified = false
  await signIn(both, stranger, 'sam')

  await signIn(both, owner, 'ada')

  assert.match((await readAccount(owner)) ?? '', /The account is yours now/)
  assert.equal((await signIn(both, stranger, 'sam')).status, 409)
  assert.deepEqual(await database.identity.findMany({ select: { subject: true } }), [
    { subject: both.google.personas.ada.sub },
  ])
})

test('a Google account that only claimed an address loses it to whoever registers it and proves it', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, linkMailedTo, database } = both.portal
  const [stranger, owner] = [openVisitor(), openVisitor()]
  await signIn(both, stranger, 'sam')
  await database.user.updateMany({ data: { registeredAt: new Date(Date.now() - 120_000) } })

  await owner.submit('/register', { email: sam.email, password })
  const link = await linkMailedTo(sam.email)
  await owner.submit('/verify-email', { token: new URLSearchParams(link.split('?')[1]).get('token') ?? '' })
  await owner.submit('/login', { login: sam.email, password })

  assert.ok(await readAccount(owner))
  assert.equal((await signIn(both, stranger, 'sam')).status, 409)
  assert.equal(stranger.sessionSecret(), null)
})

test('somebody who registered an address without proving it does not stop its owner from signing up with Google', async () => {
  await using both = await openPortalWithGoogle({ people: [{ ...sam, isVerified: false }] })
  const { openVisitor, linkMailedTo } = both.portal
  const owner = openVisitor()

  assert.equal((await signIn(both, owner, 'sam')).headers.location, '/registered')
  const link = await linkMailedTo(sam.email)
  await owner.submit('/verify-email', { token: new URLSearchParams(link.split('?')[1]).get('token') ?? '' })
  await signIn(both, owner, 'sam')

  assert.match((await readAccount(owner)) ?? '', /Set one/)
  assert.equal((await openVisitor().submit('/login', { login: sam.email, password })).status, 422)
})

test('an address that Google later speaks for needs no email any more', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, mails } = both.portal
  await signIn(both, visitor, 'sam')
  both.google.personas.sam.hd = 'outside.example'

  await signIn(both, visitor, 'sam')

  assert.match((await readAccount(visitor)) ?? '', /Welcome!/)
  const subjects = (await mails()).map(({ subject }) => subject)
  assert.deepEqual(subjects, ['Welcome to Gatehouse', 'Confirm your email for Gatehouse'])
  assert.equal((await listEvents(both, 'user.taken_over')).length, 0)
})

test('somebody whose address changes at Google stays the same user, with the address proved here', async () => {
  await using both = await openPortalWithGoogle({ people: [sam] })
  const { openVisitor, database } = both.portal
  await signIn(both, openVisitor(), 'ada')
  both.google.personas.ada.email = sam.email
  both.google.personas.ada.hd = 'outside.example'

  const later = openVisitor()
  await signIn(both, later, 'ada')

  assert.match((await readAccount(later)) ?? '', /<dd>ada\.lovelace@gmail\.com/)
  assert.equal(await database.user.count(), 2)
}) // OAU-07

test('an address that Google has given to somebody else does not open the account of the one before', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, database } = both.portal
  await signIn(both, openVisitor(), 'grace')
  both.google.personas.grace.sub = '999999999999999999999'

  const successor = openVisitor()
  const answer = await signIn(both, successor, 'grace')

  assert.equal(answer.status, 409)
  assert.equal(successor.sessionSecret(), null)
  assert.equal(await database.identity.count(), 1)
}) // OAU-07

test('a disabled account stays shut for Google as well, linked or not, and the person is told', async () => {
  await using both = await openPortalWithGoogle({ people: [{ ...ada, isActive: false }] })
  const { openVisitor, database } = both.portal
  await signIn(both, openVisitor(), 'grace')
  await database.user.updateMany({ where: { email: 'grace@workspace.example' }, data: { isActive: false } })

  for (const persona of ['ada', 'grace']) {
    const visitor = openVisitor()
    const answer = await signIn(both, visitor, persona)
    assert.equal(answer.status, 403)
    assert.match(answer.text, /This account is deactivated/)
    assert.equal(visitor.sessionSecret(), null)
  }
  assert.equal(await database.identity.count(), 1)
  assert.equal((await listEvents(both, 'session.start_refused')).length, 2)
})

test('an unconfirmed account that is disabled is not handed over either', async () => {
  await using both = await openPortalWithGoogle({ people: [{ ...ada, isVerified: false, isActive: false }] })
  const answer = await signIn(both, both.portal.visitor, 'ada')
  assert.equal(answer.status, 403)
  assert.equal(await both.portal.database.user.count({ where: { passwordHash: null } }), 0)
})

test('while registration is closed, Google makes no account but lets members in', async () => {
  await using both = await openPortalWithGoogle({ people: [ada], settings: { REGISTRATION: 'closed' } })
  const { openVisitor, database } = both.portal
  const [stranger, member] = [openVisitor(), openVisitor()]

  const answer = await signIn(both, stranger, 'grace')
  await signIn(both, member, 'ada')

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
