import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../support/clock.ts'
import { openShell } from '../support/command-line.ts'
import { openCutOff } from '../support/cut-off.ts'
import { disposable } from '../support/outbox.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { findsRedis, visit } from '../support/workers.ts'

const SECRET_KEY = 'a-key-that-is-used-by-tests-only-and-never-anywhere-else'
const MINUTE_MS = 60_000

async function signIn({ client }: Portal, { email, password } = ada): Promise<string> {
  return (await client.post('/auth/login', { login: email, password })).body.session.id
}

for (const { name, open } of stores) {
  test(`after gatehouse sessions end-all nobody is signed in, in any process, until they sign in again (${name})`, async () => {
    await using store = await open()
    // So long that a copy which is still believed would show.
    const settings = { ...store.settings, SESSION_LEASE: '60s', SECRET_KEY }
    const clock = createTestClock()
    await using portal = await openPortal({ people: [ada, grace], settings, clock })
    if (store.redis) await findsRedis(portal)
    const first = await signIn(portal)
    // As on a machine whose clock is ahead: the second session seems to begin after the command.
    clock.forward(2 * MINUTE_MS)
    const secrets = [first, await signIn(portal, grace)]
    for (const secret of secrets) assert.equal(await visit(portal, secret), 'welcome')
    await using shell = await openShell(settings)

    const { code, output, errors } = await shell.gatehouse(['sessions', 'end-all', '--yes'])

    assert.deepEqual([code, errors], [0, ''])
    assert.equal(output, 'Everybody is signed out: 2 sessions have ended.\n')
    for (const secret of secrets) assert.equal(await visit(portal, secret), '401 session_ended')
    const [event] = await portal.database.auditEvent.findMany({
      where: { action: 'session.everybody_ended' },
    })
    assert.deepEqual([event?.ip, event?.actorId, event?.details], ['command line', null, '{"sessions":2}'])
    clock.forward(MINUTE_MS)
    assert.equal(await visit(portal, await signIn(portal)), 'welcome')
  })
}

test('after a restore, copies of sessions that the database does not know no longer count, not even while it is away', async () => {
  await using store = await (stores[2] as (typeof stores)[0]).open()
  await using sqlLine = await openCutOff({ port: Number(new URL(store.settings.DATABASE_URL).port) }).then(
    disposable,
  )
  const clock = createTestClock()
  const settings = {
    ...store.settings,
    DATABASE_URL: sqlLine.through(store.settings.DATABASE_URL),
    SESSION_LEASE: '60s',
  }
  await using portal = await openPortal({ people: [ada], settings, clock })
  await findsRedis(portal)
  clock.forward(2 * MINUTE_MS)
  const secret = await signIn(portal)
  assert.equal(await visit(portal, secret), 'welcome')
  await portal.database.session.deleteMany()
  assert.equal(await visit(portal, secret), 'welcome')

  const origin = { ip: 'command line', userAgent: 'gatehouse', requestId: 'a-command' }
  assert.equal((await portal.services.everybodyOut(origin)).areCopiesGone, true)

  assert.equal(await visit(portal, secret), '401 token_invalid')
  sqlLine.refuse()
  assert.equal(await visit(portal, secret), '503 temporarily_unavailable')
})

test('without a terminal nobody is signed out by mistake', async () => {
  await using shell = await openShell()
  const { code, output, errors } = await shell.gatehouse(['sessions', 'end-all'])
  assert.deepEqual([code, output], [2, ''])
  assert.equal(errors, 'Add --yes to sign everybody out: there is no terminal to ask at.\n')
})
