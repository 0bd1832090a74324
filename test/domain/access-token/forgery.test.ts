import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '../../../src/platform/clock.ts'
import { makeForgeries } from '../../support/forgeries.ts'
import { openOwnWorkshop, toPart } from '../../support/token-workshop.ts'

const workshop = await openOwnWorkshop(systemClock)
const { accessTokens, good, goodHeader, goodClaims, goodSignature, forge } = workshop

test('the token as it was made, and the same made by hand, are believed', async () => {
  const now = Math.floor(Date.now() / 1000)
  assert.equal((await accessTokens.verify(good)).outcome, 'valid')
  assert.equal((await accessTokens.verify(await forge())).outcome, 'valid')
  assert.equal(
    (await accessTokens.verify(await forge({ claims: { nbf: now, iat: now + 20 } }))).outcome,
    'valid',
  )
})

for (const [kind, tokens] of Object.entries(await makeForgeries(workshop))) {
  for (const [name, token] of tokens) {
    test(`not believed: ${name}`, async () => {
      // TOK-05, TOK-07, RFC 8725
      const { outcome } = await accessTokens.verify(token)
      assert.equal(outcome, /^ended/.test(name) ? 'expired' : 'invalid', kind)
    })
  }
}

test('no text, however odd, does more than be refused', async () => {
  const part = fc.oneof(
    fc.constantFrom(goodHeader, goodClaims, goodSignature, ''),
    fc.json().map(toPart),
    fc.string(),
  )
  const odd = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(odd, async (token) => {
      fc.pre(token !== good)
      assert.equal((await accessTokens.verify(token)).outcome, 'invalid')
    }),
    { numRuns: 300 },
  )
})
