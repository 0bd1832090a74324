import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CryptoKey,
  createRemoteJWKSet,
  decodeJwt,
  exportSPKI,
  importJWK,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose'
import { openLyingGoogle } from './lying-google.ts'

const clientId = '42.apps.example'
type Tokens = { id_token: string }

async function openDoor() {
  const google = await openLyingGoogle({ clientId })
  const askUrl = `${google.issuer}/authorize?redirect_uri=http://localhost/callback&state=s&nonce=n`
  const redeem = async (options: RequestInit = {}) => {
    const callback = new URL(await google.signIn(askUrl))
    const body = new URLSearchParams({ code: callback.searchParams.get('code') ?? '' })
    return fetch(`${google.issuer}/token`, { method: 'POST', body, redirect: 'manual', ...options })
  }
  const takeIdToken = async () => ((await (await redeem()).json()) as Tokens).id_token
  const check = async () => {
    const keys = createRemoteJWKSet(new URL(`${google.issuer}/jwks`))
    const rules = { issuer: google.issuer, audience: clientId, algorithms: ['RS256'] }
    return (await jwtVerify(await takeIdToken(), keys, rules)).payload
  }
  return { google, askUrl, redeem, takeIdToken, check }
}

test('without a lie it is believed', async (t) => {
  const { google, askUrl, check } = await openDoor()
  t.after(google.close)
  const claims = await check()
  assert.deepEqual([claims.nonce, claims.email_verified], ['n', true])
  assert.match(await google.signIn(askUrl), /^http:\/\/localhost\/callback\?state=s&code=/)
})

test('every lie about the ID token is in the token', async (t) => {
  const { google, takeIdToken, check } = await openDoor()
  t.after(google.close)

  for (const [lie, complaint] of [
    [{ issuer: 'https://evil.example' }, /"iss"/],
    [{ audience: 'another-client' }, /"aud"/],
    [{ signature: 'other-key' }, /signature/],
    [{ signature: 'tampered' }, /signature/],
    [{ algorithm: 'none' }, /alg/],
    [{ algorithm: 'HS256' }, /alg/],
    [{ expired: true }, /"exp"/],
  ] as const) {
    google.lie = lie
    await assert.rejects(check(), complaint)
  }

  google.lie = { nonce: 'of-another-attempt', emailVerified: 'true', claims: { email: 'root@gmail.com' } }
  const claims = await check()
  assert.deepEqual(
    [claims.nonce, claims.email_verified, claims.email],
    ['of-another-attempt', 'true', 'root@gmail.com'],
  )

  google.lie = { emailVerified: undefined }
  assert.equal('email_verified' in (await check()), false)

  google.lie = { issuedInFuture: true }
  assert.ok((decodeJwt(await takeIdToken()).iat ?? 0) > Date.now() / 1000 + 3000)
})

test('the HS256 token convinces who takes the public key for a shared secret', async (t) => {
  const { google, takeIdToken } = await openDoor()
  t.after(google.close)
  const { keys } = (await (await fetch(`${google.issuer}/jwks`)).json()) as JSONWebKeySet
  const publicKey = (await importJWK({ ...keys[0], ext: true }, 'RS256')) as CryptoKey
  google.lie = { algorithm: 'HS256' }
  await jwtVerify(await takeIdToken(), new TextEncoder().encode(await exportSPKI(publicKey)))
})

test('it answers late, never, with nonsense and with detours', async (t) => {
  const { google, askUrl, redeem } = await openDoor()
  t.after(google.close)

  google.lie = { tokenStatus: 500, tokenBody: 'html' }
  assert.equal((await redeem()).status, 500)

  google.lie = { tokenBody: 'huge' }
  assert.ok((await (await redeem()).text()).length > 1024 * 1024)

  google.lie = { tokenStatus: 302 }
  assert.equal((await redeem()).status, 302)
  const followed = (await (await redeem({ redirect: 'follow' })).json()) as Tokens
  assert.equal(decodeJwt(followed.id_token).nonce, 'n')
  assert.equal(google.requests.at(-1)?.path, '/elsewhere')

  google.lie = { hang: 'token' }
  await assert.rejects(redeem({ signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' })

  google.lie = { delayMs: { token: 100 } }
  const startMs = performance.now()
  await redeem()
  assert.ok(performance.now() - startMs >= 95)

  google.lie = { discovery: { issuer: 'https://evil.example' } }
  const metadata = (await (await fetch(`${google.issuer}/.well-known/openid-configuration`)).json()) as {
    issuer: string
  }
  assert.equal(metadata.issuer, 'https://evil.example')

  google.lie = { authorizationError: { error: 'server_error', error_description: '<b>' } }
  assert.match(await google.signIn(askUrl), /state=s&error=server_error&error_description=%3Cb%3E/)
})
