import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS } from '../../../src/domain/time.ts'
import { createTestClock } from '../../support/clock.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { type Store, stores } from '../../support/stores.ts'
import { createTokenProgram } from '../../support/token-endpoint.ts'

const [sqlite] = stores as [Store]
const origin = { ip: '127.0.0.1', userAgent: 'gatehouse keys', requestId: 'a-command' }
const [older, newer] = ['older'.padEnd(40, '-'), 'newer'.padEnd(40, '-')]

const listStates = async ({ services }: Portal) =>
  (await services.signingKeys.list()).map(({ state }) => state)
const signerOf = async ({ services }: Portal) => (await services.signingKeys.signer()).id

test('a process without the newest SECRET_KEY makes no keys, and goes on with those it knew', async () => {
  // M10
  await using store = await sqlite.open()
  const clock = createTestClock()
  const openWith = (SECRET_KEY: string) =>
    openPortal({
      settings: { ...store.settings, BASE_URL: 'https://login.example.com', SECRET_KEY },
      clock,
    })
  await using before = await openWith(older)
  await using changing = await openWith(`${newer},${older}`)
  const signer = await signerOf(changing)
  await changing.services.housekeeping.sweep()

  await before.services.signingKeys.refresh()
  clock.forward(40 * DAY_MS)
  await before.services.signingKeys.refresh()

  assert.deepEqual(await listStates(changing), ['active'])
  assert.equal(await signerOf(before), signer)
  assert.deepEqual(await before.services.signingKeys.rotate({ origin }), { outcome: 'sealed' })
  await changing.services.signingKeys.refresh()
  assert.deepEqual(await listStates(changing), ['active', 'next'])
  assert.ok(before.lines.some((line) => /SECRET_KEY lacks/.test(line)))
})

test('a portal whose SECRET_KEY was lost gives no tokens, and new keys when an operator says so', async () => {
  await using store = await sqlite.open()
  await using before = await openPortal({ people: [ada], settings: store.settings })
  await using after = await openPortal({ settings: { ...store.settings, SECRET_KEY: newer } })
  const program = createTokenProgram(after)
  const session = await program.signIn()

  assert.equal((await program.exchange(session)).status, 503)
  assert.deepEqual(await listStates(before), ['active'])
  await after.services.signingKeys.rotate({ origin, immediately: true })

  assert.equal((await program.exchange(session)).status, 200)
  assert.deepEqual(await listStates(before), ['gone', 'active'])
})
