import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { readScopes } from '../../../src/domain/access-token/scope.ts'
import { MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts'
import { createTestClock } from '../../support/clock.ts'
import { openPortal } from '../../support/portal.ts'
import { grant, openOwnWorkshop, toPart } from '../../support/token-workshop.ts'

test('an access token says who may do what for whom, from when until when, and nobody’s name or address', async () => {
  // TOK-04
  await using portal = await openPortal({ settings: { JWT_AUDIENCE: 'https://api.example.com' } })
  const { accessTokens, signingKeys } = portal.services
  const before = Math.floor(Date.now() / 1000)

  const { token, jti, expiresInSeconds } = await accessTokens.mint({ ...grant, familyId: 'fam_one' })

  const { kid, ...header } = decodeProtectedHeader(token)
  assert.deepEqual(header, { alg: 'EdDSA', typ: 'at+jwt' })
  assert.equal(kid, (await signingKeys.signer()).id)
  const { iat, exp, ...claims } = accessTokens.decode(token) ?? {}
  assert.deepEqual(claims, {
    iss: portal.baseUrl,
    aud: 'https://api.example.com',
    sub: grant.subject,
    client_id: grant.clientId,
    sid: grant.sessionId,
    scope: 'account:read users:read',
    jti,
    auth_time: Math.floor(grant.authenticatedAt.getTime() / 1000),
    role: 'admin',
    family: 'fam_one',
  })
  assert.ok(Number(iat) >= before && Number(iat) <= Date.now() / 1000)
  assert.equal(Number(exp) - Number(iat), 600)
  assert.equal(expiresInSeconds, 600)
  const second = await accessTokens.mint(grant)
  assert.notEqual(second.jti, jti)
  assert.ok(!('family' in (accessTokens.decode(second.token) ?? {})))
})

for (const JWT_ALGORITHM of ['EdDSA', 'ES256', 'RS256', 'HS256']) {
  test(`a token comes back as it was made: ${JWT_ALGORITHM}`, async () => {
    const settings = {
      JWT_ALGORITHM,
      ...(JWT_ALGORITHM === 'HS256' && { JWT_SECRET_KEY: 'a-secret-that-resource-servers-know' }),
    }
    await using portal = await openPortal({ settings })
    const { accessTokens } = portal.services
    const { token, jti } = await accessTokens.mint(grant)

    const check = await accessTokens.verify(token)

    assert.equal(decodeProtectedHeader(token).alg, JWT_ALGORITHM)
    assert.ok(check.outcome === 'valid')
    assert.equal(check.claims.jti, jti)
    assert.deepEqual(readScopes(check.claims.scope), ['account:read', 'users:read'])
    assert.deepEqual(readScopes('users:read openid account:read'), ['account:read', 'users:read'])
    const [header, claims, signature = ''] = token.split('.')
    const altered = [header, claims, [...signature].toReversed().join('')].join('.')
    assert.equal((await accessTokens.verify(altered)).outcome, 'invalid')
  })
}

test('a token lasts as long as it says, and half a minute longer for clocks that differ', async () => {
  // TOK-06
  const clock = createTestClock()
  await using portal = await openPortal({ clock, settings: { JWT_ACCESS_TOKEN_EXPIRE_MINUTES: '5' } })
  const { accessTokens } = portal.services
  const { token } = await accessTokens.mint(grant)
  const outcomeAfter = async (ms: number) => {
    clock.forward(ms)
    return (await accessTokens.verify(token)).outcome
  }

  assert.equal(await outcomeAfter(-20 * SECOND_MS), 'valid')
  assert.equal(await outcomeAfter(-20 * SECOND_MS), 'invalid')
  assert.equal(await outcomeAfter(40 * SECOND_MS + 5 * MINUTE_MS), 'valid')
  assert.equal(await outcomeAfter(25 * SECOND_MS), 'valid')
  assert.equal(await outcomeAfter(10 * SECOND_MS), 'expired')
})

test('a token’s claims can be read before it is verified, and nothing but a token can be read', async () => {
  const clock = createTestClock()
  const { accessTokens, forge } = await openOwnWorkshop(clock)
  const { token, jti } = await accessTokens.mint(grant)

  assert.equal(accessTokens.decode(token)?.client_id, grant.clientId)
  assert.equal(accessTokens.isAccessToken(token), true)
  assert.equal(accessTokens.findUserId(token), grant.subject)
  assert.equal(accessTokens.findJti(token), jti)
  const expiration = accessTokens.findExpiration(token)
  assert.equal(expiration?.getTime(), Number(accessTokens.decode(token)?.exp) * 1000)
  assert.equal(accessTokens.isExpired(token), false)
  clock.forward(10 * MINUTE_MS)
  assert.equal(accessTokens.isExpired(token), true)

  const idToken = await forge({ header: { typ: 'JWT' }, claims: { sub: 7, jti: '', exp: 'tomorrow' } })
  assert.equal(accessTokens.isAccessToken(idToken), false)
  assert.equal(accessTokens.decode(`${toPart({})}.${toPart([])}.AA`), null)
  assert.equal(accessTokens.decode(`${toPart('"text"')}.${toPart({})}.AA`), null)
  for (const strange of [idToken, '', 'r_opaque', 'a.b.c', `${toPart({})}.${toPart([])}.AA`, `${token}.`]) {
    assert.equal(accessTokens.findUserId(strange), null)
    assert.equal(accessTokens.findJti(strange), null)
    assert.equal(accessTokens.findExpiration(strange), null)
    assert.equal(accessTokens.isExpired(strange), true)
    assert.equal(accessTokens.isAccessToken(strange), false)
  }
})
