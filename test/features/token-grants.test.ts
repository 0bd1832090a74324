import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'

const ENOUGH = 60

test('whoever asks for one refresh token after the other must wait, and nobody else', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const program = createTokenProgram(portal)
  const secret = await program.signIn(ada)
  const again = await program.signIn(ada)
  const ofGrace = await program.signIn(grace)
  const grant = (session: string) => program.exchange(session, { scope: 'account:read offline_access' })

  for (let count = 0; count < ENOUGH; count++) assert.equal((await grant(secret)).status, 200)
  const events = await portal.database.auditEvent.count()
  const refused = await grant(again)

  assert.equal(refused.status, 429)
  assert.equal(refused.body.error, 'temporarily_unavailable')
  assert.ok(Number(refused.headers['retry-after']) > 0)
  assert.equal(await portal.database.auditEvent.count(), events)
  assert.equal((await program.exchange(secret)).status, 200)
  assert.equal((await grant(ofGrace)).status, 200)
})
