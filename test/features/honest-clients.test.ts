import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { createTokenProgram, EXCHANGE, SESSION } from '../support/token-endpoint.ts'

const overHttp = { [oauth.allowInsecureRequests]: true }

test('oauth4webapi discovers the portal, exchanges, refreshes, introspects and revokes', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { id, secret } = await program.register()
  const issuer = new URL(portal.baseUrl)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...overHttp })
  const server = await oauth.processDiscoveryResponse(issuer, found)
  const client: oauth.Client = { client_id: id }

  for (const authenticate of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
    const subject = new URLSearchParams({
      subject_token: await program.signIn(),
      subject_token_type: SESSION,
      scope: 'account:read offline_access',
    })
    const exchanged = await oauth.processGenericTokenEndpointResponse(
      server,
      client,
      await oauth.genericTokenEndpointRequest(server, client, authenticate, EXCHANGE, subject, overHttp),
    )
    assert.equal(exchanged.token_type, 'bearer')

    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(
        server,
        client,
        authenticate,
        String(exchanged.refresh_token),
        overHttp,
      ),
    )
    const { access_token: token, refresh_token: next = '' } = refreshed
    const askWhether = async () =>
      oauth.processIntrospectionResponse(
        server,
        client,
        await oauth.introspectionRequest(server, client, authenticate, token, overHttp),
      )
    assert.deepEqual([(await askWhether()).active, (await askWhether()).client_id], [true, id])

    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, authenticate, next, overHttp),
    )
    assert.equal((await askWhether()).active, false)
  }
})

test('a resource server with oauth4webapi takes our access tokens as RFC 9068 has them', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { access } = await program.openTokens()
  const issuer = new URL(portal.baseUrl)
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...overHttp }),
  )
  const asked = new Request('https://api.example.com/', { headers: { authorization: `Bearer ${access}` } })
  const claims = await oauth.validateJwtAccessToken(server, asked, portal.baseUrl, overHttp)
  assert.equal(claims.client_id, 'gatehouse')
})

test('openid-client discovers the portal, exchanges, refreshes, introspects and revokes', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { id, secret } = await program.register()
  const config = await openid.discovery(new URL(portal.baseUrl), id, secret, undefined, {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests],
  })

  const exchanged = await openid.genericGrantRequest(config, EXCHANGE, {
    subject_token: await program.signIn(),
    subject_token_type: SESSION,
    scope: 'account:read offline_access',
  })
  const refreshed = await openid.refreshTokenGrant(config, String(exchanged.refresh_token))
  assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, true)
  await openid.tokenRevocation(config, String(refreshed.refresh_token))
  assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, false)
  await assert.rejects(openid.refreshTokenGrant(config, String(refreshed.refresh_token)), {
    error: 'invalid_grant',
  })
})

test('every address that the metadata names answers, and nothing else is named', async () => {
  await using portal = await openPortal()
  const { body } = await portal.client.get('/.well-known/oauth-authorization-server')
  assert.equal(body.issuer, portal.baseUrl)
  const addresses = Object.entries<string>(body).filter(([name]) =>
    /_endpoint$|_uri$|_documentation$/.test(name),
  )
  assert.deepEqual(addresses.map(([name]) => name).sort(), [
    'introspection_endpoint',
    'jwks_uri',
    'revocation_endpoint',
    'service_documentation',
    'token_endpoint',
  ])
  for (const [name, address] of addresses) {
    const path = address.replace(portal.baseUrl, '')
    const answer = name.endsWith('_endpoint') ? await portal.client.post(path) : await portal.client.get(path)
    assert.ok([200, 400, 401].includes(answer.status), `${name}: ${answer.status}`)
  }
  assert.deepEqual(body.grant_types_supported, [EXCHANGE, 'refresh_token'])
}) // TOK-09
