import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { openCutOff } from '../support/cut-off.ts'
import { openPortalWithGoogle, openPortalWithLiar } from '../support/google/portal-with-google.ts'
import { openPostgres } from '../support/postgres.ts'
import { openRedis } from '../support/redis.ts'

const _MINUTE_MS = 60_000
const callbackPath = '/auth/oauth/google/callback'

const changed = (callback: string, changes: Record<string, string>) => {
  const url = new URL(callback)
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value)
  return url.href
}

test('Google is asked for no more than who somebody is, with a state, a nonce and a challenge of their own', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, baseUrl } = both.portal

  const asked = [await both.leave(visitor), await both.leave(visitor)].map((url) => new URL(url).searchParams)

  for (const parameters of asked) {
    assert.equal(parameters.get('response_type'), 'code')
    assert.equal(parameters.get('client_id'), '42.apps.example')
    assert.equal(parameters.get('redirect_uri'), `${baseUrl}${callbackPath}`)
    assert.equal(parameters.get('scope'), 'openid email profile')
    assert.equal(parameters.get('code_challenge_method'), 'S256')
    const challenge = parameters.get('code_challenge')
    for (const seen of ['state', 'nonce'])
      assert.notEqual(
        challenge,
        createHash('sha256')
          .update(parameters.get(seen) ?? '')
          .digest('base64url'),
      )
  }
  const secrets = asked.flatMap((parameters) =>
    ['state', 'nonce', 'code_challenge'].map((name) => parameters.get(name) ?? ''),
  )
  for (const secret of secrets) assert.match(secret, /^[\w-]{43}$/)
  assert.equal(new Set(secrets).size, 6)
}) // OAU-01

test('after the sign-in the browser is where it wanted to be', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor } = both.portal
  const wish = '/account?tab=sessions&x=%2F'
  const url = await both.leave(visitor, { return_to: wish })

  const answer = await both.comeBack(visitor, await both.google.signInAs(url, 'ada'))

  assert.equal(answer.headers.location, wish)
}) // OAU-15

test('…and never anywhere else', async () => {
  await using both = await openPortalWithLiar({ settings: { TRUST_PROXY: '1' } })
  const wishes = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
  ]

  for (const [number, wish] of wishes.entries()) {
    const visitor = both.portal.openVisitor({ 'x-forwarded-for': `192.0.2.${number}` })
    const url = await both.leave(visitor, { return_to: wish })
    const answer = await both.comeBack(
      visitor,
      changed(await both.google.signIn(url), { return_to: wish, next: wish }),
    )
    assert.equal(answer.headers.location, '/account', wish)
  }
}) // OAU-15

test('nobody can steer what Google is asked', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, baseUrl } = both.portal
  const steering = {
    prompt: 'none',
    login_hint: 'evil',
    hd: 'evil.example',
    redirect_uri: 'https://evil.example',
    scope: 'https://www.googleapis.com/auth/drive',
    state: 'chosen',
    nonce: 'chosen',
    client_id: 'evil',
    access_type: 'offline',
    return_to: '/account?login_hint=evil',
  }

  const answer = await visitor.submit(`/auth/oauth/google?${new URLSearchParams(steering)}`, steering)

  const url = new URL((answer.headers.refresh ?? '').replace('0; url=', ''))
  assert.deepEqual([...url.searchParams.keys()].sort(), [
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'nonce',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
  ])
  assert.doesNotMatch(url.href, /evil|chosen|drive/)
  assert.equal(url.searchParams.get('redirect_uri'), `${baseUrl}${callbackPath}`)
}) // OAU-16

test('no other site can begin a sign-in, and following a link to it only leads to the sign-in page', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, database } = both.portal

  for (const headers of [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'http://sub.localhost' },
  ]) {
    const answer = await visitor.submit('/auth/oauth/google', {}, headers)
    assert.equal(answer.status, 403)
    assert.equal(answer.headers.refresh, undefined)
  }
  const followed = await visitor.visit('/auth/oauth/google', { 'sec-fetch-site': 'cross-site' })

  assert.equal(followed.status, 303)
  assert.equal(followed.headers.location, '/login')
  assert.equal(visitor.cookie('oauth'), null)
  assert.equal(await database.oAuthAttempt.count(), 0)
  assert.deepEqual(both.google.requests, [])
}) // OAU-17

test('the way to Google works without JavaScript: a page that moves on by itself, and a button for the patient', async () => {
  await using both = await openPortalWithGoogle()
  const answer = await both.portal.visitor.submit('/auth/oauth/google')

  assert.equal(answer.status, 200)
  assert.equal(answer.headers['cache-control'], 'no-store')
  const [, href = ''] = /<a class="button[^"]*" href="([^"]+)">Continue to Google/.exec(answer.text) ?? []
  assert.equal(answer.headers.refresh, `0; url=${href.replaceAll('&amp;', '&')}`)
})

test('a sign-in in progress survives the death of Redis', async (t) => {
  const redis = await openRedis()
  t.after(redis.close)
  await using both = await openPortalWithGoogle({ settings: { REDIS_URL: redis.url } })
  const { visitor } = both.portal
  const callback = await both.google.signInAs(await both.leave(visitor), 'ada')

  await redis.kill()

  assert.equal((await both.comeBack(visitor, callback)).status, 303)
  assert.match((await visitor.visit('/account')).text, /ada\.lovelace@gmail\.com/)
}) // R6

test('while SQL is away the way back asks to try again, and then it works', async (t) => {
  const postgres = await openPostgres({ fsync: false })
  const { url, drop } = await postgres.createDatabase()
  const sql = await openCutOff({ port: Number(new URL(url).port) })
  t.after(async () => {
    await sql.close()
    await drop()
  })
  await using both = await openPortalWithGoogle({ settings: { DATABASE_URL: sql.through(url) } })
  const { visitor } = both.portal
  const callback = await both.google.signInAs(await both.leave(visitor), 'ada')

  sql.refuse()
  const away = await both.comeBack(visitor, callback)
  const start = await visitor.submit('/auth/oauth/google')
  sql.pass()
  const back = await both.comeBack(visitor, callback)

  assert.equal(away.status, 503)
  assert.ok(away.headers['retry-after'])
  assert.equal(start.status, 503)
  assert.equal(back.status, 303)
})
