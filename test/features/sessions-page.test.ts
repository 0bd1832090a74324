import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { letProofsAge, readHiddenFields } from '../support/freshness.ts'
import { makeMmdb } from '../support/mmdb.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { signIn } from '../support/sign-in.ts'
import { behindProxy } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { visit } from '../support/workers.ts'

const windows = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36' }
const iphone = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile Safari/604.1' }

async function signInByApi(
  { client }: Portal,
  { email, password } = ada,
  headers: Record<string, string> = {},
) {
  const request = client.portal.post('/auth/login').send({ login: email, password })
  const { body } = await client.send(request, headers)
  return { secret: body.session.id as string, id: body.session.session_id as string }
}

/** Ada in her browser, on a phone and in Windows. */
async function openPlaces(settings = {}) {
  const portal = await openPortal({ people: [ada, grace], settings: { ...behindProxy, ...settings } })
  await signIn(portal.visitor, ada.email)
  const phone = await signInByApi(portal, ada, { ...iphone, 'x-forwarded-for': '198.51.100.4' })
  const office = await signInByApi(portal, ada, { ...windows, 'x-forwarded-for': '203.0.113.7' })
  return { portal, phone, office, [Symbol.asyncDispose]: portal[Symbol.asyncDispose] }
}

/** What stands on the page, device by device. */
function readDevices(html: string): string[] {
  const [, list = ''] = /<ul class="sessions[^>]*>([\s\S]*?)<\/ul>/.exec(html) ?? []
  return list
    .split('<li>')
    .slice(1)
    .map((item) =>
      item
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ')
        .replace(/ (Signed in|Last active|Last used) .*? UTC/g, '')
        .trim(),
    )
}

test('I see every device I am signed in on, this one first, with the network address and how to sign it out', async () => {
  await using places = await openPlaces()
  const { visitor } = places.portal

  const { text, headers } = await visitor.visit('/account/sessions')

  assert.equal(headers['cache-control'], 'no-store')
  assert.deepEqual(readDevices(text), [
    'Firefox on Linux This device 127.0.0.1 Sign out of this device',
    'Chrome on Windows 203.0.113.7 Sign out of Chrome on Windows',
    'Safari on iPhone 198.51.100.4 Sign out of Safari on iPhone',
  ])
  assert.doesNotMatch(text, /s_[\w-]{64}|[\da-f]{64}/)
}) // SES-08

test('programs with access stand under the session they got it in, and lose it by a button', async () => {
  await using places = await openPlaces()
  const { portal, phone } = places
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(phone.secret, { scope: 'account:read offline_access' })

  const page = await portal.visitor.visit('/account/sessions')
  const [, , withProgram = ''] = readDevices(page.text)
  assert.match(withProgram, /Safari on iPhone .* A program Has access since .* Remove the program’s access/)
  const [, family = ''] = /name="family" value="([^"]+)"/.exec(page.text) ?? []
  const ended = await portal.visitor.submit('/account/sessions/end-tokens', { session: phone.id, family })

  assert.deepEqual([ended.status, ended.headers.location], [303, '/account/sessions'])
  const after = await portal.visitor.visit('/account/sessions')
  assert.match(after.text, /The program’s access is removed\./)
  assert.doesNotMatch(after.text, /Has access since/)
  assert.equal((await program.refresh(body.refresh_token)).body.error, 'invalid_grant')
  assert.equal(await visit(portal, phone.secret), 'welcome')
})

test('I sign one device out, and the others stay; whoever presses the button again is told that it is done', async () => {
  await using places = await openPlaces()
  const { portal, phone, office } = places
  const { visitor } = portal

  const ended = await visitor.submit('/account/sessions/end', { session: phone.id })

  assert.deepEqual([ended.status, ended.headers.location], [303, '/account/sessions'])
  assert.match((await visitor.visit('/account/sessions')).text, /That device is signed out\./)
  assert.equal(await visit(portal, phone.secret), '401 session_ended')
  assert.equal(await visit(portal, office.secret), 'welcome')
  assert.equal((await visitor.submit('/account/sessions/end', { session: phone.id })).status, 303)
}) // SES-08

test('what is not mine cannot be ended by my page', async () => {
  await using places = await openPlaces()
  const { portal } = places
  const theirs = await signInByApi(portal, grace)

  for (const session of [theirs.id, 'ses_none', '', '../x', `${theirs.id}\0`]) {
    const answer = await portal.visitor.submit('/account/sessions/end', { session })
    assert.deepEqual([answer.status, answer.headers.location], [303, '/account/sessions'], session)
    assert.match((await portal.visitor.visit('/account/sessions')).text, /was signed out already/)
  }
  await portal.visitor.submit('/account/sessions/end-tokens', { session: theirs.id, family: 'fam_x' })

  assert.equal(await visit(portal, theirs.secret), 'welcome')
}) // SES-09

test('signing out all other devices asks for my password when I am not fresh, and then does it', async () => {
  await using places = await openPlaces()
  const { portal, phone, office } = places
  const { visitor } = portal
  await letProofsAge(portal)

  const asked = await visitor.submit('/account/sessions/end-others')
  assert.equal(asked.status, 403)
  assert.match(asked.text, /<h1>Confirm it’s you<\/h1>/)
  for (const { secret } of [phone, office]) assert.equal(await visit(portal, secret), 'welcome')
  const wish = readHiddenFields(asked.text)
  assert.deepEqual(wish, { return_to: '/account/sessions/end-others', typed: '{}' })
  const proved = await visitor.submit('/reauthenticate', { ...wish, password: ada.password })
  assert.match(proved.text, /action="\/account\/sessions\/end-others" data-resumes/)
  const ended = await visitor.submit('/account/sessions/end-others', readHiddenFields(proved.text))

  assert.deepEqual([ended.status, ended.headers.location], [303, '/account/sessions'])
  for (const { secret } of [phone, office]) assert.equal(await visit(portal, secret), '401 session_ended')
  const { text } = await visitor.visit('/account/sessions')
  assert.match(text, /Every other device is signed out\./)
  assert.equal(readDevices(text).length, 1)
  assert.doesNotMatch(text, /Sign out all other devices/)
}) // SES-08

test('signing out everywhere asks for a proof too, and ends this session with the others', async () => {
  await using places = await openPlaces()
  const { portal, phone, office } = places
  const { visitor } = portal
  await letProofsAge(portal)
  assert.equal((await visitor.submit('/account/sessions/end-all')).status, 403)
  await visitor.submit('/reauthenticate', { password: ada.password })

  const ended = await visitor.submit('/account/sessions/end-all')

  assert.deepEqual([ended.status, ended.headers.location], [303, '/login'])
  assert.equal(visitor.sessionSecret(), null)
  assert.match((await visitor.visit('/login')).text, /You’re signed out everywhere\./)
  for (const { secret } of [phone, office]) assert.equal(await visit(portal, secret), '401 session_ended')
}) // SES-10

test('a program ends the other sessions of the person it works for, when they proved who they are', async () => {
  await using places = await openPlaces()
  const { portal, phone, office } = places
  const scope = 'account:write'
  const { body } = await createTokenProgram(portal).exchange(office.secret, { scope })

  const answer = await portal.client.post('/auth/logout-others', undefined, body.access_token)

  assert.deepEqual([answer.status, answer.text], [204, ''])
  assert.equal(await visit(portal, office.secret), 'welcome')
  assert.equal(await visit(portal, phone.secret), '401 session_ended')
  await letProofsAge(portal)
  const stale = await portal.client.post('/auth/logout-others', undefined, office.secret)
  assert.equal(stale.body.code, 'reauthentication_required')
})

test('with a database of places I read the city, where it is known, and so do programs', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-places-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const GEOIP_DATABASE = join(folder, 'places.mmdb')
  const names = (en: string) => ({ names: { en } })
  const networks = {
    '203.0.113.0/24': { city: names('Zürich'), country: names('Switzerland') },
    '198.51.100.0/24': { country: names('Norway <i>') },
  }
  await writeFile(GEOIP_DATABASE, makeMmdb(networks))
  await using places = await openPlaces({ GEOIP_DATABASE })
  const { portal, phone } = places

  const { text } = await portal.visitor.visit('/account/sessions')
  const { body } = await portal.client.get('/auth/sessions', phone.secret)

  for (const shown of ['Zürich, Switzerland (203.0.113.7)', 'Norway &lt;i&gt; (198.51.100.4)', '>127.0.0.1<'])
    assert.ok(text.includes(shown), shown)
  const known = body.sessions.map(({ place }: { place: string | null }) => place)
  assert.deepEqual(known.toSorted(), ['Norway <i>', 'Zürich, Switzerland', null].toSorted())
  const history = await portal.visitor.visit('/account/history')
  assert.ok(history.text.includes('Windows · Zürich, Switzerland (203.0.113.7)'))
  assert.equal(portal.world.places.find('unknown'), null)
})

test('a database of places that cannot be read stops the start, and says why', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-places-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const damaged = join(folder, 'damaged.mmdb')
  await writeFile(damaged, 'not a database')

  for (const GEOIP_DATABASE of [join(folder, 'missing.mmdb'), damaged])
    await assert.rejects(
      openPortal({ settings: { GEOIP_DATABASE } }),
      /^CannotStart: GEOIP_DATABASE cannot be read: /,
    )
})
