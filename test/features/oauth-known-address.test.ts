import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../support/clock.ts'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import {
  gmailAda as ada,
  type Both,
  enterWithGoogle,
  readAccount,
  outsideSam as sam,
} from '../support/linking.ts'
import { stores } from '../support/stores.ts'

const { password } = ada

function listEvents({ portal }: Both, action: string) {
  return portal.database.auditEvent.findMany({ where: { action } })
}

test('a known address that Google speaks for is linked, and its owner is told on screen and by mail', async () => {
  await using both = await openPortalWithGoogle({ people: [ada] })
  const { visitor, findMail, openVisitor } = both.portal

  await enterWithGoogle(both, visitor, 'ada')

  const account = (await readAccount(visitor)) ?? ''
  assert.match(account, /Your Google account is linked/)
  assert.match(account, /<dt>Google<\/dt>/)
  assert.match(account, /With your email/)
  assert.match((await findMail(ada.email))?.subject ?? '', /sign in to Gatehouse with Google/)
  assert.equal((await listEvents(both, 'identity.linked')).length, 1)
  const withPassword = openVisitor()
  await withPassword.submit('/login', { login: ada.email, password })
  assert.ok(await readAccount(withPassword))
}) // OAU-09

test('a known address that Google only claims asks for the password first, and nothing is linked', async () => {
  await using both = await openPortalWithGoogle({ people: [sam] })
  const { visitor, database, mails } = both.portal

  const answer = await enterWithGoogle(both, visitor, 'sam')

  assert.equal(answer.status, 409)
  assert.match(answer.text, /You already have an account/)
  assert.equal(visitor.sessionSecret(), null)
  assert.equal(await database.identity.count(), 0)
  assert.deepEqual(await mails(), [])
}) // OAU-09

test('an address that Google has not verified opens nobody’s account, whoever’s domain it is in', async () => {
  await using both = await openPortalWithGoogle({ people: [ada] })
  const { visitor, database } = both.portal
  both.google.personas.ada.emailVerified = false
  both.google.personas.grace.emailVerified = false

  assert.equal((await enterWithGoogle(both, visitor, 'ada')).status, 409)
  assert.equal((await enterWithGoogle(both, visitor, 'grace')).headers.location, '/registered')
  assert.equal(visitor.sessionSecret(), null)
  assert.equal(await database.user.count({ where: { emailVerifiedAt: { not: null } } }), 1)
}) // OAU-06

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

    await enterWithGoogle(both, owner, 'ada')

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

  await enterWithGoogle(both, both.portal.visitor, 'ada')

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
  await enterWithGoogle(both, stranger, 'sam')

  await enterWithGoogle(both, owner, 'ada')

  assert.match((await readAccount(owner)) ?? '', /The account is yours now/)
  assert.equal((await enterWithGoogle(both, stranger, 'sam')).status, 409)
  assert.deepEqual(await database.identity.findMany({ select: { subject: true } }), [
    { subject: both.google.personas.ada.sub },
  ])
})

test('a Google account that only claimed an address loses it to whoever registers it and proves it', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, linkMailedTo, database } = both.portal
  const [stranger, owner] = [openVisitor(), openVisitor()]
  await enterWithGoogle(both, stranger, 'sam')
  await database.user.updateMany({ data: { registeredAt: new Date(Date.now() - 120_000) } })

  await owner.submit('/register', { email: sam.email, password })
  const link = await linkMailedTo(sam.email)
  await owner.submit('/verify-email', { token: new URLSearchParams(link.split('?')[1]).get('token') ?? '' })
  await owner.submit('/login', { login: sam.email, password })

  assert.ok(await readAccount(owner))
  assert.equal((await enterWithGoogle(both, stranger, 'sam')).status, 409)
  assert.equal(stranger.sessionSecret(), null)
})

test('somebody who registered an address without proving it does not stop its owner from signing up with Google', async () => {
  await using both = await openPortalWithGoogle({ people: [{ ...sam, isVerified: false }] })
  const { openVisitor, linkMailedTo } = both.portal
  const owner = openVisitor()

  assert.equal((await enterWithGoogle(both, owner, 'sam')).headers.location, '/registered')
  const link = await linkMailedTo(sam.email)
  await owner.submit('/verify-email', { token: new URLSearchParams(link.split('?')[1]).get('token') ?? '' })
  await enterWithGoogle(both, owner, 'sam')

  assert.match((await readAccount(owner)) ?? '', /Set one/)
  assert.equal((await openVisitor().submit('/login', { login: sam.email, password })).status, 422)
})

test('an address that Google later speaks for needs no email any more', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, mails } = both.portal
  await enterWithGoogle(both, visitor, 'sam')
  both.google.personas.sam.hd = 'outside.example'

  await enterWithGoogle(both, visitor, 'sam')

  assert.match((await readAccount(visitor)) ?? '', /Welcome!/)
  const subjects = (await mails()).map(({ subject }) => subject)
  assert.deepEqual(subjects, ['Welcome to Gatehouse', 'Confirm your email for Gatehouse'])
  assert.equal((await listEvents(both, 'user.taken_over')).length, 0)
})

test('somebody whose address changes at Google stays the same user, with the address proved here', async () => {
  await using both = await openPortalWithGoogle({ people: [sam] })
  const { openVisitor, database } = both.portal
  await enterWithGoogle(both, openVisitor(), 'ada')
  both.google.personas.ada.email = sam.email
  both.google.personas.ada.hd = 'outside.example'

  const later = openVisitor()
  await enterWithGoogle(both, later, 'ada')

  assert.match((await readAccount(later)) ?? '', /<dd>ada\.lovelace@gmail\.com/)
  assert.equal(await database.user.count(), 2)
}) // OAU-07

test('an address that Google has given to somebody else does not open the account of the one before', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, database } = both.portal
  await enterWithGoogle(both, openVisitor(), 'grace')
  both.google.personas.grace.sub = '999999999999999999999'

  const successor = openVisitor()
  const answer = await enterWithGoogle(both, successor, 'grace')

  assert.equal(answer.status, 409)
  assert.equal(successor.sessionSecret(), null)
  assert.equal(await database.identity.count(), 1)
}) // OAU-07

test('a disabled account stays shut for Google as well, linked or not, and the person is told', async () => {
  await using both = await openPortalWithGoogle({ people: [{ ...ada, isActive: false }] })
  const { openVisitor, database } = both.portal
  await enterWithGoogle(both, openVisitor(), 'grace')
  await database.user.updateMany({ where: { email: 'grace@workspace.example' }, data: { isActive: false } })

  for (const persona of ['ada', 'grace']) {
    const visitor = openVisitor()
    const answer = await enterWithGoogle(both, visitor, persona)
    assert.equal(answer.status, 403)
    assert.match(answer.text, /This account is deactivated/)
    assert.equal(visitor.sessionSecret(), null)
  }
  assert.equal(await database.identity.count(), 1)
  assert.equal((await listEvents(both, 'session.start_refused')).length, 2)
})

test('an unconfirmed account that is disabled is not handed over either', async () => {
  await using both = await openPortalWithGoogle({ people: [{ ...ada, isVerified: false, isActive: false }] })
  const answer = await enterWithGoogle(both, both.portal.visitor, 'ada')
  assert.equal(answer.status, 403)
  assert.equal(await both.portal.database.user.count({ where: { passwordHash: null } }), 0)
})
