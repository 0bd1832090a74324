import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShell } from '../support/command-line.ts'
import { idOf, signInAs } from '../support/office.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy } from '../support/strangers.ts'
import { findsRedis, visit } from '../support/workers.ts'

const SECRET_KEY = 'a-key-that-is-used-by-tests-only-and-never-anywhere-else'
const DAY_MS = 86_400_000

for (const { name, open } of stores.slice(1))
  test(`an operator sees where somebody is signed in, and ends one session, or all of theirs, at once: ${name}`, async () => {
    await using store = await open()
    // So long that a copy which is still believed would show.
    const settings = { ...store.settings, ...behindProxy, SECRET_KEY, SESSION_LEASE: '60s' }
    await using portal = await openPortal({ people: [ada, grace], settings })
    await findsRedis(portal)
    await using shell = await openShell(settings)
    const [one, two, hers] = [
      await signInAs(portal, ada),
      await signInAs(portal, ada),
      await signInAs(portal, grace),
    ]
    for (const secret of [one, two, hers]) assert.equal(await visit(portal, secret), 'welcome')
    const type = async (...args: string[]) => {
      const { code, output, errors } = await shell.gatehouse(['sessions', ...args, '--json'])
      assert.deepEqual([code, errors], [0, ''])
      return JSON.parse(output)
    }

    const listed = await type('list', ada.email)
    assert.equal(listed.length, 2)
    assert.ok(!JSON.stringify(listed).includes(one))
    const me = await portal.client.get('/auth/me', one)
    await type('revoke', me.body.session.session_id)
    assert.equal(await visit(portal, one), '401 session_ended')
    assert.equal(await visit(portal, two), 'welcome')
    assert.deepEqual(await type('end-all', ada.email), { ended: 1 })
    assert.equal(await visit(portal, two), '401 session_ended')
    assert.equal(await visit(portal, hers), 'welcome')

    const events = await portal.database.auditEvent.findMany({
      where: { subjectId: await idOf(portal, ada), action: { in: ['session.ended', 'session.all_ended'] } },
      orderBy: { at: 'asc' },
    })
    assert.deepEqual(
      events.map(({ action, actorId, ip }) => [action, actorId, ip]),
      [
        ['session.ended', null, 'command line'],
        ['session.all_ended', null, 'command line'],
      ],
    )
    const unknown = await shell.gatehouse(['sessions', 'revoke', 'ses_nobody'])
    assert.deepEqual([unknown.code, unknown.output], [1, ''])
    assert.match(unknown.errors, /^No session has this id\./)
  }) // AUT-15

test('old sessions are deleted by command, and those that live or ended lately stay', async () => {
  await using store = await (stores[0] as (typeof stores)[0]).open()
  const settings = { ...store.settings, ...behindProxy, SECRET_KEY }
  await using portal = await openPortal({ people: [ada], settings })
  await using shell = await openShell(settings)
  const lives = await signInAs(portal, ada)
  for (const [index, overFor] of [40, 31, 29].entries()) {
    await signInAs(portal, ada)
    const newest = await portal.database.session.findFirstOrThrow({ orderBy: { createdAt: 'desc' } })
    const expiresAt = new Date(Date.now() - overFor * DAY_MS)
    await portal.database.session.update({
      where: { id: newest.id },
      data: { expiresAt, createdAt: new Date(index) },
    })
  }

  const purged = await shell.gatehouse(['sessions', 'purge'])

  assert.deepEqual([purged.code, purged.output], [0, 'Deleted 2 sessions.\n'])
  assert.equal(await portal.database.session.count(), 2)
  assert.equal(await visit(portal, lives), 'welcome')
})
