import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeBatch } from '../support/audit-log.ts'
import { openShell } from '../support/command-line.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'

const SECRET_KEY = 'a-key-that-the-portal-and-its-command-line-have-in-common'

test('gatehouse audit verify says that the log is as it was written, and otherwise what was changed', async () => {
  await using store = await stores[0]?.open()
  const settings = { ...store?.settings, SECRET_KEY }
  await using shell = await openShell(settings)
  await using portal = await openPortal({ settings })
  await writeBatch(portal, 0)
  const [seal] = await portal.database.auditSeal.findMany()
  const event = await portal.database.auditEvent.findFirstOrThrow({ where: { actorId: 'boss' } })

  const intact = await shell.gatehouse(['audit', 'verify', '--head', seal?.hash ?? ''])
  assert.deepEqual(intact, {
    code: 0,
    output: `The audit log is as it was written: 4 events in 1 batch.\nHead: batch 1, ${seal?.hash}\n`,
    errors: '',
  })

  await portal.database.auditEvent.updateMany({ where: { id: event.id }, data: { ip: '203.0.113.9' } })
  const changed = await shell.gatehouse(['audit', 'verify'])
  const told = await shell.gatehouse(['audit', 'verify', '--json'])
  assert.deepEqual([changed.code, changed.errors, told.code, told.errors], [1, '', 1, ''])
  assert.match(
    changed.output,
    new RegExp(`^Event ${event.id} was edited \\(batch 1\\)\\.\n.*found 1 change\\.\n`),
  )
  const { is_intact, findings } = JSON.parse(told.output)
  assert.equal(is_intact, false)
  assert.deepEqual(
    findings.map(({ kind, id, batch }: Record<string, unknown>) => [kind, id, batch]),
    [['edited', event.id, 1]],
  )

  const mistyped = await shell.gatehouse(['audit', 'verify', '--head', 'none'])
  assert.deepEqual([mistyped.code, mistyped.output], [2, ''])
  const unknown = await shell.gatehouse(['audit', 'verify', '--head', 'A'.repeat(43)])
  assert.match(unknown.output, /The head A+ is not in the chain/)
}) // AUT-12

test('what somebody else wrote cannot command the terminal, or pass for a line of the answer', async () => {
  await using store = await stores[0]?.open()
  const settings = { ...store?.settings, SECRET_KEY }
  await using shell = await openShell(settings)
  await using portal = await openPortal({ settings })
  await writeBatch(portal, 0)
  const agent = '\u009b2J\u001b]0;mine\u0007 \u202e'
  const id = 'x\nThe audit log is as it was written\u001b[8m'
  await portal.database.auditEvent.updateMany({ where: { actorId: 'boss' }, data: { userAgent: agent, id } })

  const verified = await shell.gatehouse(['audit', 'verify'])
  const exported = await shell.gatehouse(['audit', 'export'])

  for (const { output } of [verified, exported])
    assert.doesNotMatch(output, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  assert.doesNotMatch(verified.output, /^The audit log is as it was written/m)
  const lines = exported.output.trim().split('\n')
  assert.ok(
    lines.map((line) => JSON.parse(line)).some((event) => event.id === id && event.user_agent === agent),
  )
})

test('gatehouse audit export writes one event a line, oldest first, however many there are', async () => {
  await using store = await stores[0]?.open()
  const settings = { ...store?.settings, SECRET_KEY }
  await using shell = await openShell(settings)
  await using portal = await openPortal({ settings })
  const event = { action: 'session.started', ip: '192.0.2.7', userAgent: '', requestId: '' }
  await portal.database.auditEvent.createMany({
    data: Array.from({ length: 2_100 }, (_, index) => ({
      ...event,
      id: `event-${String(index).padStart(4, '0')}`,
      at: new Date(Date.parse('2026-11-21T08:00:00Z') + (index % 7) * 1_000),
      subjectId: index % 2 ? 'ada' : 'grace',
    })),
  })

  const { code, output, errors } = await shell.gatehouse(['audit', 'export', '--user', 'ada', '--json'])
  const nothing = await shell.gatehouse(['audit', 'export', '--to', '2026-11-20'])
  const mistyped = await shell.gatehouse(['audit', 'export', '--from', 'someday'])

  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual([code, errors, lines.length], [0, '', 1_050])
  const places = lines.map(({ at, id }) => `${at} ${id}`)
  assert.deepEqual(places, places.toSorted())
  assert.deepEqual(nothing, { code: 0, output: '', errors: '' })
  assert.deepEqual([mistyped.code, mistyped.output], [2, ''])
  const exports = await portal.database.auditEvent.findMany({ where: { action: 'audit.exported' } })
  assert.deepEqual(
    exports.map(({ ip }) => ip),
    ['command line', 'command line'],
  )
})
