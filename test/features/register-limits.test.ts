import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { countHashes } from '../support/counted-hashes.ts'
import { newcomer, password, register } from '../support/newcomers.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

test('no mailbox gets more than three mails an hour, whoever registers it and however often', async () => {
  // REG-09
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })
  const countMails = async (to: string) => (await portal.mails()).filter((mail) => mail.to === to).length

  for (let round = 0; round < 6; round++) {
    await register(portal, { email: newcomer })
    await register(portal, { email: ada.email })
    await openStranger(portal).post('/auth/resend-verification', { email: newcomer })
    clock.forward(2 * MINUTE_MS)
  }
  assert.deepEqual([await countMails(newcomer), await countMails(ada.email)], [3, 3])

  clock.forward(HOUR_MS)
  await register(portal, { email: newcomer })
  await register(portal, { email: ada.email })
  assert.deepEqual([await countMails(newcomer), await countMails(ada.email)], [4, 4])
})

test('one client address registers ten times a minute and is then told to wait', async () => {
  // REG-09
  await using portal = await openPortal()
  const hashes = countHashes(portal)

  for (let round = 0; round < 10; round++) {
    assert.notEqual((await portal.client.post('/auth/register', { email: 'x' })).status, 429)
  }
  const called = await portal.client.post('/auth/register', { email: newcomer, password })
  const answer = await portal.visitor.submit('/register', { email: newcomer, password })

  assert.equal(called.status, 429)
  assert.ok(Number(called.headers['retry-after']) > 0)
  assert.equal(answer.status, 429)
  assert.match(answer.text, /Please wait \d+ (second|minute)s? and try again/)
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})
