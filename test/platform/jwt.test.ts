import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJwt } from '../../src/platform/jwt.ts'

const jwt = createJwt()
const now = new Date()
const issuedAt = Math.floor(now.getTime() / 1000)
const whole = { iss: 'us', aud: 'them', iat: issuedAt, exp: issuedAt + 60 }
const expected = { type: 'at+jwt', issuer: 'us', audience: 'them', now, leewaySeconds: 30 }

for (const algorithm of ['EdDSA', 'ES256', 'RS256'] as const) {
  test(`a token without an end or a beginning is not good, whoever signed it: ${algorithm}`, async () => {
    const { id, privateJwk } = await jwt.makeKeyPair(algorithm)
    const { privateKey, publicKey } = await jwt.importKeyPair(privateJwk, { id, algorithm })
    const verify = async (claims: Record<string, unknown>) => {
      const token = await jwt.sign(claims, 'at+jwt', { id, algorithm, privateKey })
      return (await jwt.verify(token, { algorithm, publicKey }, expected)).outcome
    }
    assert.equal(await verify(whole), 'valid')
    assert.equal(await verify({ ...whole, exp: undefined }), 'invalid')
    assert.equal(await verify({ ...whole, iat: undefined }), 'invalid')
  })

  test(`a private key cannot be taken out of the process once it is in use: ${algorithm}`, async () => {
    const { id, privateJwk } = await jwt.makeKeyPair(algorithm)
    const { privateKey } = await jwt.importKeyPair(privateJwk, { id, algorithm })
    assert.ok(typeof privateKey === 'function' || !privateKey.extractable)
  })
}
