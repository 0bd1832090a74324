import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRemoteJWKSet, type ExportedJWKSCache, type JWK, jwksCache, jwtVerify } from 'jose'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createJwt } from '../../src/platform/jwt.ts'
import { createTestClock } from '../support/clock.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'

const origin = { ip: '127.0.0.1', userAgent: 'gatehouse keys', requestId: 'a-command' }
const grant = {
  subject: 'a-user',
  clientId: 'a-client',
  sessionId: 'ses_one',
  scopes: [],
  role: 'user',
  authenticatedAt: new Date(),
  familyId: null,
} as const
type TestClock = ReturnType<typeof createTestClock>

const PUBLIC = {
  EdDSA: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
  ES256: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
  RS256: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
}

for (const [JWT_ALGORITHM, members] of Object.entries(PUBLIC)) {
  test(`everybody can read the public keys, and nothing but what is public of them: ${JWT_ALGORITHM}`, async () => {
    // TOK-08
    await using portal = await openPortal({ settings: { JWT_ALGORITHM } })
    await portal.services.signingKeys.rotate({ origin })

    const { status, headers, body } = await portal.client.get('/.well-known/jwks.json')

    assert.equal(status, 200)
    assert.match(headers['content-type'] ?? '', /^application\/json/)
    assert.equal(headers['cache-control'], 'public, max-age=900')
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.deepEqual(Object.keys(body), ['keys'])
    assert.equal(body.keys.length, 2)
    for (const key of body.keys as JWK[]) {
      assert.deepEqual(Object.keys(key).sort(), members)
      assert.equal(key.use, 'sig')
      assert.equal(key.alg, JWT_ALGORITHM)
    }
  })
}

test('the public keys are the same for members and visitors, and nobody gets a cookie with them', async () => {
  await using portal = await openPortal({ people: [ada] })
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })
  const forMember = await portal.visitor.visit('/.well-known/jwks.json')
  const forVisitor = await portal.client.get('/.well-known/jwks.json', `s_${'x'.repeat(64)}`)
  assert.equal(forMember.status, 200)
  assert.deepEqual(forMember.body, forVisitor.body)
  assert.equal(forMember.headers['set-cookie'], undefined)
  assert.equal(forMember.headers['cache-control'], 'public, max-age=900')
})

test('a missing well-known address is answered in JSON', async () => {
  await using portal = await openPortal()
  const missing = await portal.visitor.visit('/.well-known/nothing')
  assert.equal(missing.status, 404)
  assert.equal(missing.body.code, 'not_found')
  const posted = await portal.client.post('/.well-known/jwks.json', {})
  assert.equal(posted.status, 405)
  assert.equal(posted.headers.allow, 'GET, HEAD')
  assert.equal(posted.body.code, 'method_not_allowed')
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`a verifier that keeps the public keys for 15 minutes refuses no good token through two rotations: ${name}`, async () => {
    // T1
    await using store = await open()
    const clock = createTestClock()
    await using portal = await openPortal({ clock, settings: { ...store.settings, JWT_KEY_ROTATION: '1d' } })
    const { signingKeys, accessTokens } = portal.services
    const servers = Array.from({ length: 5 }, () => openResourceServer(portal, clock))
    const signers = [await signingKeys.signer()]
    const alive: string[] = []

    async function passMinutes(minutes: number) {
      for (let minute = 0; minute < minutes; minute++) {
        await signingKeys.refresh()
        alive.push((await accessTokens.mint(grant)).token)
        if (alive.length > 10) alive.shift()
        if ((await signingKeys.signer()).id !== signers.at(-1)?.id) signers.push(await signingKeys.signer())
        // Each begins, and so fetches, at another minute.
        for (const server of servers.slice(0, 1 + Math.floor(minute / 3)))
          for (const token of [alive[0], alive.at(-1)]) await server.verify(token ?? '')
        forward(MINUTE_MS)
      }
    }
    function forward(ms: number) {
      clock.forward(ms)
      for (const server of servers) server.age(ms)
    }

    await passMinutes(16)
    await signingKeys.rotate({ origin })
    await passMinutes(40)
    assert.equal(signers.length, 2)
    alive.length = 0
    forward(DAY_MS - HOUR_MS)
    await passMinutes(80)
    assert.equal(signers.length, 3)

    const [gone, second, current] = signers
    assert.ok(gone && second && current)
    const claims = accessTokens.decode((await accessTokens.mint(grant)).token) ?? {}
    const byCurrent = await createJwt().sign(claims, 'at+jwt', current)
    const byGone = await createJwt().sign(claims, 'at+jwt', gone)
    for (const server of servers) {
      await server.verify(byCurrent)
      await assert.rejects(server.verify(byGone), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
    }
    assert.equal((await accessTokens.verify(byCurrent)).outcome, 'valid')
    assert.equal((await accessTokens.verify(byGone)).outcome, 'invalid')
  })
}

/** Somebody else's API: fetches the keys when those it has are 15 minutes old, and never sooner. */
function openResourceServer({ baseUrl }: Portal, clock: TestClock) {
  const cache = {} as ExportedJWKSCache
  return {
    /** As if it had waited: its own clock cannot be set. */
    age(ms: number) {
      if (cache.uat) cache.uat -= ms
    },
    verify(token: string) {
      const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', baseUrl), {
        cacheMaxAge: 15 * MINUTE_MS,
        cooldownDuration: 15 * MINUTE_MS,
        [jwksCache]: cache,
      })
      return jwtVerify(token, keys, {
        typ: 'at+jwt',
        issuer: baseUrl,
        audience: baseUrl,
        algorithms: ['EdDSA'],
        currentDate: clock.now(),
      })
    },
  }
}
