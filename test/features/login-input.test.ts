import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { guess, signIn } from '../support/sign-in.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'

const notText: unknown[] = [
  { contains: '@' },
  { not: '' },
  { startsWith: 'a' },
  ['ada'],
  [],
  {},
  7,
  true,
  null,
  { toString: 'ada' },
]

test('only text is looked up', async () => {
  // LOG-14
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const hashes = countHashes(portal)

  for (const value of notText) {
    for (const body of [
      { login: value, password: ada.password },
      { email: value, password: ada.password },
      { login: 'ada', password: value },
      { AND: [], login: value },
    ]) {
      assert.equal((await openStranger(portal).post('/auth/login', body)).status, 422, JSON.stringify(body))
    }
  }
  for (const form of [
    'login[contains]=@&password=x',
    'login[]=ada&password=x',
    'login=ada&password[not]=x',
    '',
  ]) {
    assert.equal((await openStranger(portal).submit('/login', form)).status, 422, form)
  }
  const twice = await openStranger(portal).submit('/login', `login=ada&login=eve&password=${ada.password}`)
  assert.equal(twice.status, 400)
  for (const body of ['[]', '"ada"', 'null', '7', '{', '{"login":"ada",}']) {
    const { client } = portal
    const answer = await client.send(client.portal.post('/auth/login').type('json').send(body), {
      'x-forwarded-for': nextAddress(),
    })
    assert.ok([400, 422].includes(answer.status), body)
  }
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})

const oddLogins = [
  'ada\0',
  'ad\u0430',
  '\u212aada',
  'ada\ud800',
  'ada\r\nSet-Cookie: x=1',
  '%E0%A4%A',
  "ada' OR 1=1 --",
  '__proto__',
  'constructor',
  'toString',
  '<%= 7*7 %>',
  'a'.repeat(512),
  'a'.repeat(513),
  '\u202eada',
  'mi\u212ae@example.com',
]

test('odd names are nobody’s, and the form comes back as it was typed', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  for (const login of oddLogins) {
    const called = await guess(portal, login, ada.password)
    assert.ok([401, 422].includes(called.status), JSON.stringify(login))
    const page = await signIn(openStranger(portal), login.toWellFormed())
    assert.ok([400, 422].includes(page.status), JSON.stringify(login))
    assert.doesNotMatch(page.text, /\b49\b/)
    assert.doesNotMatch(page.text, /sunset/)
  }
  const { text } = await signIn(openStranger(portal), '"><script>alert(1)</script>')
  assert.match(text, /value="&#34;&gt;&lt;script&gt;/)
  assert.equal(await portal.database.session.count(), 0)
})
