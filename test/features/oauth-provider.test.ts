import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lie } from '../support/google/lying-google.ts'
import { openPortalWithLiar } from '../support/google/portal-with-google.ts'

const password = 'sunset marble violin'
const ada = { email: 'ada.lovelace@gmail.com', password }

type Both = Awaited<ReturnType<typeof openPortalWithLiar>>

/** One visitor tries once, while Google lies; from an address of their own. */
async function tryOnce({ portal, google, leave, comeBack }: Both, lie: Lie, number = 0) {
  const visitor = portal.openVisitor({ 'x-forwarded-for': `192.0.2.${number}` })
  const url = await leave(visitor)
  google.lie = lie
  const answer = await comeBack(visitor, await google.signIn(url))
  google.lie = {}
  return { answer, visitor }
}

const behindProxy = { TRUST_PROXY: '1' }

const lies: Record<string, Lie> = {
  'for another attempt': { nonce: 'of-another-attempt' },
  'without a nonce': { claims: { nonce: undefined } },
  'for another application': { audience: '43.apps.example', claims: { azp: undefined } },
  'for us and for somebody else': { claims: { aud: ['42.apps.example', '43.apps.example'] } },
  'for us, given to another application': { claims: { azp: '43.apps.example' } },
  'by another issuer': { issuer: 'https://evil.example' },
  'signed with a key nobody published': { signature: 'other-key' },
  'changed after it was signed': { signature: 'tampered' },
  'not signed at all': { algorithm: 'none' },
  'signed with the public key as a shared secret': { algorithm: 'HS256' },
  'that has expired': { expired: true },
  'that never expires': { claims: { exp: undefined } },
  'that does not say when it was issued': { claims: { iat: undefined } },
  'issued in the future': { issuedInFuture: true },
  'that is not valid yet': { claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } },
  'that names nobody': { claims: { sub: '' } },
  'that names somebody with a number': { claims: { sub: 42 } },
  'that names somebody with what no name has': { claims: { sub: 'a\u0000b' } },
  'that names somebody at great length': { claims: { sub: 'a'.repeat(256) } },
}

test('an ID token opens nothing if it is …', async (t) => {
  await using both = await openPortalWithLiar({ settings: behindProxy })
  for (const [number, [which, lie]] of Object.entries(lies).entries())
    await t.test(which, async () => {
      const { answer, visitor } = await tryOnce(both, lie, number)

      assert.equal(answer.status, 400)
      assert.match(answer.text, /Google couldn’t sign you in/)
      assert.equal(visitor.sessionSecret(), null)
      assert.equal(await both.portal.database.user.count(), 0)
    })
  assert.equal((await tryOnce(both, {}, 100)).answer.status, 303)
}) // OAU-05

for (const [number, emailVerified] of ['true', 1, 'yes', null, undefined, {}, [true], false].entries()) {
  test(`an address counts as verified only if Google plainly says so, and not for ${JSON.stringify(emailVerified)}`, async () => {
    await using both = await openPortalWithLiar({ people: [ada] })
    const { database } = both.portal

    const known = await tryOnce(both, { emailVerified }, number)
    const claims = { email: 'new@gmail.com', sub: '2' }
    const unknown = await tryOnce(both, { emailVerified, claims }, number)

    assert.equal(known.answer.status, 409)
    assert.equal(unknown.answer.headers.location, '/registered')
    assert.equal(await database.identity.count({ where: { subject: { not: '2' } } }), 0)
    assert.equal(await database.user.count({ where: { emailVerifiedAt: { not: null } } }), 1)
    assert.equal(known.visitor.sessionSecret() ?? unknown.visitor.sessionSecret(), null)
  }) // OAU-06
}

test('an invalid address makes no account, and does not break an existing one', async () => {
  await using both = await openPortalWithLiar({ settings: behindProxy })
  const addresses = [undefined, null, 42, '', 'nobody', 'a@b@c.example', 'ádá@gmail.com', 'a\u0000@gmail.com']
  for (const [number, email] of addresses.entries()) {
    const { answer } = await tryOnce(both, { claims: { email, sub: 'new' } }, number)
    assert.equal(answer.status, 400, String(email))
    assert.match(answer.text, /We need an email address/)
  }
  assert.equal(await both.portal.database.user.count(), 0)

  await tryOnce(both, {}, 100)
  const { answer } = await tryOnce(both, { claims: { email: undefined } }, 101)

  assert.equal(answer.status, 303)
  assert.equal(await both.portal.database.user.count(), 1)
})

test('a name from Google is text of a reasonable length, or none', async () => {
  await using both = await openPortalWithLiar({ settings: behindProxy })
  const names = [
    ['<b>Ada</b>', '<b>Ada</b>'],
    ['\u202eevil\u0000 name\ud800', 'evil name'],
    ['🦉'.repeat(300), '🦉'.repeat(80)],
    [' \u0007 ', null],
    [{ name: 'Ada' }, null],
  ]
  for (const [number, [name]] of names.entries())
    await tryOnce(both, { claims: { name, sub: `${number}`, email: `${number}@gmail.com` } }, number)

  const users = await both.portal.database.user.findMany({ orderBy: { email: 'asc' } })

  assert.deepEqual(
    users.map(({ displayName }) => displayName),
    names.map(([, kept]) => kept),
  )
})

const failures: Record<string, Lie> = {
  'is broken': { tokenStatus: 500, tokenBody: 'html' },
  'is overloaded': { tokenStatus: 429, tokenBody: 'empty' },
  'answers with half a sentence': { tokenBody: 'garbage' },
  'answers with a web page': { tokenBody: 'html' },
  'answers with nothing': { tokenBody: 'empty' },
  'answers without end': { tokenBody: 'huge' },
  'has lost its keys': { jwksStatus: 500 },
}

test('when Google …, the person reads so and can try again', async (t) => {
  await using both = await openPortalWithLiar({ settings: behindProxy })
  for (const [number, [which, lie]] of Object.entries(failures).entries())
    await t.test(which, async () => {
      const { answer, visitor } = await tryOnce(both, lie, number)

      assert.equal(answer.status, 502)
      assert.match(answer.text, /Google isn’t responding/)
      assert.match(answer.text, /<a class="button[^"]*" href="\/login"/)
      assert.equal(visitor.sessionSecret(), null)
    })
  assert.equal(await both.portal.database.user.count(), 0)
  assert.equal((await tryOnce(both, {}, 100)).answer.status, 303)
}) // OAU-13

test('a code that Google refuses is not the end: one button leads back', async () => {
  await using both = await openPortalWithLiar()
  const { answer } = await tryOnce(both, { tokenStatus: 400, tokenBody: 'garbage' })
  assert.equal(answer.status, 400)
  assert.match(answer.text, /Google couldn’t sign you in/)
})

test('an answer that leads elsewhere is not followed, so our secret goes nowhere else', async () => {
  await using both = await openPortalWithLiar({ settings: behindProxy })
  for (const [number, tokenStatus] of [301, 302, 303, 307, 308].entries()) {
    const { answer } = await tryOnce(both, { tokenStatus }, number)
    assert.equal(answer.status, 502)
  }
  assert.ok(both.google.requests.every(({ path }) => path !== '/elsewhere'))
})

test('a Google that is slow, once or at every step, is not waited for, and passwords work meanwhile', async () => {
  await using both = await openPortalWithLiar({ people: [ada], settings: behindProxy })
  await using slow = await openPortalWithLiar()
  const { portal, google } = both
  const visitors = [1, 2].map((number) => portal.openVisitor({ 'x-forwarded-for': `192.0.2.${number}` }))
  const slowVisitor = slow.portal.visitor
  const urls = await Promise.all(visitors.map((visitor) => both.leave(visitor)))
  const callbacks = await Promise.all(urls.map((url) => google.signIn(url)))
  const slowCallback = await slow.google.signIn(await slow.leave(slowVisitor))

  google.lie = { hang: 'token' }
  slow.google.lie = { delayMs: { token: 4_700, jwks: 4_700 } }
  const waiting = Promise.all([
    ...visitors.map((visitor, index) => both.comeBack(visitor, callbacks[index] ?? '')),
    slow.comeBack(slowVisitor, slowCallback),
  ])
  const withPassword = portal.openVisitor({ 'x-forwarded-for': '192.0.2.99' })
  const signedIn = await withPassword.submit('/login', { login: ada.email, password })
  const isFirst = await Promise.race([waiting.then(() => false), Promise.resolve(true)])

  assert.equal(signedIn.status, 303)
  assert.ok(isFirst)
  for (const answer of await waiting) {
    assert.equal(answer.status, 502)
    assert.match(answer.text, /Google isn’t responding/)
  }
  assert.equal(await portal.database.identity.count(), 0)
  assert.equal(await slow.portal.database.user.count(), 0)
}) // OAU-13, L3

test('while Google cannot be reached its button says so, and works again when Google is back', async () => {
  await using both = await openPortalWithLiar()
  const { visitor, lines, database } = both.portal
  const insane: Lie[] = [
    { discovery: { issuer: 'https://evil.example' } },
    { discovery: { token_endpoint: 'javascript:alert(1)' } },
    { discovery: { jwks_uri: undefined } },
  ]
  for (const lie of insane) {
    both.google.lie = lie
    const answer = await visitor.submit('/auth/oauth/google', { return_to: '/account?x=1' })
    assert.equal(answer.status, 502)
    assert.match(answer.text, /Google isn’t responding/)
    assert.match(answer.text, /href="\/login\?return_to=%2Faccount%3Fx%3D1"/)
  }
  assert.equal(await database.oAuthAttempt.count(), 0)
  assert.equal(
    lines.filter((line) => line.includes('a sign-in through a provider failed')).length,
    insane.length,
  )

  both.google.lie = {}
  assert.equal((await tryOnce(both, {})).answer.status, 303)
})

test('when Google changes its keys nobody notices', async () => {
  await using both = await openPortalWithLiar()
  await tryOnce(both, {})
  await both.google.rotateKeys()
  assert.equal((await tryOnce(both, {})).answer.status, 303)
})

test('neither codes, tokens nor our secret for Google are ever logged', async () => {
  await using both = await openPortalWithLiar({ settings: { ...behindProxy, LOG_LEVEL: 'trace' } })
  const { visitor, lines } = both.portal
  const url = await both.leave(visitor)
  const callback = await both.google.signIn(url)
  await both.comeBack(visitor, callback)
  for (const [number, lie] of [
    lies['that has expired'],
    failures['is broken'],
    { tokenStatus: 400 },
  ].entries())
    await tryOnce(both, lie ?? {}, number)

  const logged = lines.join('')
  const { searchParams } = new URL(callback)
  for (const secret of [
    ...searchParams.values(),
    new URL(url).searchParams.get('nonce') ?? '',
    visitor.cookie('oauth')?.value.split('.')[0] ?? '',
    'a secret with',
    'eyJ',
    'ada.lovelace',
  ])
    assert.ok(!logged.includes(secret), secret)
  assert.match(logged, /a sign-in through a provider failed/)
})
