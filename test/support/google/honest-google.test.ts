import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { openBrowser } from '../browser.ts'
import { openGoogle } from './honest-google.ts'

type Metadata = { authorization_endpoint: string; token_endpoint: string; jwks_uri: string }

const clientId = '42.apps.example'
const clientSecret = 'a secret with : and %'
const verifier = 'v'.repeat(43)

async function openDoor(redirectUri = 'http://localhost:3000/callback') {
  const google = await openGoogle({ clientId, clientSecret, redirectUris: [redirectUri] })
  const discovery = await fetch(`${google.issuer}/.well-known/openid-configuration`)
  const metadata = (await discovery.json()) as Metadata
  const authorizationUrl = (changes: Record<string, string> = {}) => {
    const parameters = {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid email profile',
      state: 'the-state',
      nonce: 'the-nonce',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    }
    return `${metadata.authorization_endpoint}?${new URLSearchParams(parameters)}`
  }
  const redeem = (callback: string, changes: Record<string, string> = {}) => {
    const code = new URL(callback).searchParams.get('code') ?? ''
    const body = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }
    return fetch(metadata.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({ ...body, client_id: clientId, client_secret: clientSecret, ...changes }),
    })
  }
  const claimsOf = async (callback: string) => {
    const { id_token } = (await (await redeem(callback)).json()) as { id_token: string }
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))
    return (
      await jwtVerify(id_token, keys, { issuer: google.issuer, audience: clientId, algorithms: ['RS256'] })
    ).payload
  }
  return { google, redirectUri, authorizationUrl, redeem, claimsOf }
}

test('everybody signs in as the account they pick, with what Google says of it', async (t) => {
  const { google, redirectUri, authorizationUrl, claimsOf } = await openDoor()
  t.after(google.close)

  const callback = await google.signInAs(authorizationUrl(), 'ada')
  assert.ok(callback.startsWith(`${redirectUri}?`))
  assert.equal(new URL(callback).searchParams.get('state'), 'the-state')
  assert.equal(
    google.requests.some(({ path }) => path === '/token'),
    false,
  )

  const ada = await claimsOf(callback)
  assert.deepEqual(
    { nonce: ada.nonce, sub: ada.sub, email: ada.email, email_verified: ada.email_verified, hd: ada.hd },
    {
      nonce: 'the-nonce',
      sub: google.personas.ada.sub,
      email: 'ada.lovelace@gmail.com',
      email_verified: true,
      hd: undefined,
    },
  )
  assert.deepEqual(google.requests.at(-2), { method: 'POST', path: '/token' })

  const grace = await claimsOf(await google.signInAs(authorizationUrl(), 'grace'))
  assert.equal(grace.hd, 'workspace.example')
  const una = await claimsOf(await google.signInAs(authorizationUrl({ prompt: 'select_account' }), 'una'))
  assert.equal(una.email_verified, false)

  google.personas.ada.email = 'ada.king@gmail.com'
  const renamed = await claimsOf(await google.signInAs(authorizationUrl({ prompt: 'consent' }), 'ada'))
  assert.deepEqual([renamed.sub, renamed.email], [ada.sub, 'ada.king@gmail.com'])
})

test('a cancelled sign-in comes back as access_denied', async (t) => {
  const { google, authorizationUrl } = await openDoor()
  t.after(google.close)
  const callback = new URL(await google.cancel(authorizationUrl()))
  assert.equal(callback.searchParams.get('error'), 'access_denied')
  assert.equal(callback.searchParams.get('state'), 'the-state')
})

test('a code works once, with its verifier, its client secret and a challenge only', async (t) => {
  const { google, authorizationUrl, redeem } = await openDoor()
  t.after(google.close)
  const codeFor = () => google.signInAs(authorizationUrl(), 'ada')

  assert.equal((await redeem(await codeFor(), { code_verifier: 'w'.repeat(43) })).status, 400)
  assert.equal((await redeem(await codeFor(), { client_secret: 'wrong' })).status, 401)
  const callback = await codeFor()
  assert.equal((await redeem(callback)).status, 200)
  assert.equal((await redeem(callback)).status, 400)
  const unchallenged = authorizationUrl({ code_challenge: '', code_challenge_method: '' })
  const refusal = new URL(await google.signInAs(unchallenged, 'ada'))
  assert.equal(refusal.searchParams.get('error'), 'invalid_request')
})

test('its page works without JavaScript, asks each time, and breaks no rule of its own', async (t) => {
  const client = createServer((_request, response) => response.end('back at the client')).listen(
    0,
    '127.0.0.1',
  )
  await once(client, 'listening')
  const redirectUri = `http://localhost:${(client.address() as AddressInfo).port}/callback`
  const { google, authorizationUrl } = await openDoor(redirectUri)
  const browser = await openBrowser({ javaScript: false })
  t.after(() => client.close())
  t.after(google.close)
  t.after(browser.close)
  const { page, findBarriers, cspViolations, ...visitor } = await browser.openWindow()

  await page.goto(authorizationUrl())
  assert.deepEqual(await findBarriers(), [])
  await page.getByRole('button', { name: 'Grace' }).click()
  assert.equal(new URL(page.url()).searchParams.get('state'), 'the-state')

  await page.goto(authorizationUrl())
  await page.getByText('Use another address').click()
  await page.getByLabel('Email address').fill('somebody@else.example')
  await page.getByRole('button', { name: 'Continue' }).click()
  assert.ok(new URL(page.url()).searchParams.get('code'))

  await page.goto(authorizationUrl())
  assert.ok(await page.getByText('somebody@else.example').isVisible())
  await page.getByRole('button', { name: 'Cancel' }).click()
  assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied')
  assert.deepEqual(cspViolations, [])
  assert.ok(visitor.requests.every((url) => url.startsWith(google.issuer) || url.startsWith(redirectUri)))
})
