import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeForgeries } from '../support/forgeries.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { createForger } from '../support/token-workshop.ts'

/** What Node lets a client send in a header, and a server read. */
const FITS_A_HEADER = /^[\x21-\x7e]{1,12000}$/
const settings = { JWT_AUDIENCE: 'https://api.example.com' }

/** Somebody whose good token is as near to each forgery as can be: only what was forged can be the reason to refuse. */
async function openForgery(portal: Portal) {
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(await program.signIn())
  const { keys } = await portal.services.repositories.signingKeys.listWithPrivateJwk()
  const [key] = keys
  const [publicJwk] = (await portal.services.signingKeys.publicJwks()).keys
  if (!key || !publicJwk) throw new Error('there is no key')
  const forger = createForger({ good: body.access_token, privateJwk: key.privateJwk, publicJwk })
  return { program, forger, forgeries: Object.values(await makeForgeries(forger)).flat() }
}

test('no forged token opens an address of the API, and the good one does', async (t) => {
  await using portal = await openPortal({ people: [ada], settings })
  const { forger, forgeries } = await openForgery(portal)
  const sendable = forgeries.filter(([, token]) => FITS_A_HEADER.test(token))
  assert.ok(sendable.length > forgeries.length - 15, `${sendable.length} of ${forgeries.length}`)

  for (const path of ['/auth/me', '/users/me', '/api/v1/auth/sessions']) {
    for (const good of [forger.good, await forger.forge()])
      assert.equal((await portal.client.get(path, good)).status, 200)
    for (const [name, token] of sendable) {
      await t.test(`${path}: ${name}`, async () => {
        const { status, body, headers } = await portal.client.get(path, token)
        const code = name.startsWith('ended') ? 'token_expired' : 'token_invalid'
        assert.deepEqual([status, body.code], [401, code])
        assert.equal(headers['www-authenticate'], 'Bearer error="invalid_token"')
      })
    }
  }
}) // TOK-05, TOK-07

test('no forged token, however it is written, gets anything at the endpoints that give tokens or describe them', async (t) => {
  await using portal = await openPortal({ people: [ada], settings })
  const { program, forger, forgeries } = await openForgery(portal)
  const { inForm } = await program.register()
  for (const good of [forger.good, await forger.forge()])
    assert.equal((await program.introspect(good, inForm)).body.active, true)

  const families = await portal.database.tokenFamily.count()
  for (const [name, token] of forgeries.filter(([, { length }]) => length > 0)) {
    await t.test(name, async () => {
      const { status, body } = await program.introspect(token, inForm)
      assert.deepEqual([status, body], [200, { active: false }])
      const subject = await program.exchange(token, { scope: 'account:read offline_access' })
      assert.deepEqual([subject.status, subject.body.error], [400, 'invalid_request'])
      const refreshed = await program.refresh(token)
      assert.deepEqual([refreshed.status, refreshed.body.error], [400, 'invalid_grant'])
      const { status: given, text } = await program.revoke(token)
      assert.deepEqual([given, text], [200, ''])
      const bearer = FITS_A_HEADER.test(token) && (await portal.client.post('/auth/token', undefined, token))
      if (bearer) assert.deepEqual([bearer.status, bearer.body.error], [401, 'invalid_token'])
    })
  }
  assert.equal(await portal.database.tokenFamily.count(), families)
}) // TOK-05, SES-22
