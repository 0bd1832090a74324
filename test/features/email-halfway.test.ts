import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  askFor,
  listEmails,
  newEmail,
  openAsked,
  openMember,
  tokenMailedTo,
  undo,
} from '../support/email-change.ts'
import type { Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { openStranger } from '../support/strangers.ts'
import type { Answer } from '../support/visitor.ts'

const third = 'countess@example.com'
const tables = ['audit_events', 'outgoing_mails', 'one_time_links']

/** What a step changes, but for when it was changed. */
async function readAll({ database }: Portal): Promise<string> {
  const users = await database.user.findMany({ omit: { updatedAt: true }, orderBy: { email: 'asc' } })
  const links = await database.oneTimeLink.findMany({ orderBy: { tokenHash: 'asc' } })
  const [mails, events] = [await database.outgoingMail.count(), await database.auditEvent.count()]
  const sessions = await database.session.findMany({
    select: { id: true, revokedAt: true },
    orderBy: { id: 'asc' },
  })
  return JSON.stringify({ users, links, mails, events, sessions })
}

/** The table is away while this is done. */
async function without(portal: Portal, table: string, act: () => Promise<Answer>) {
  const before = await readAll(portal)
  await portal.database.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO lost`)
  const { status } = await act()
  await portal.world.afterwards.settle()
  await portal.database.$executeRawUnsafe(`ALTER TABLE lost RENAME TO ${table}`)
  assert.ok(status >= 500, `${status}`)
  assert.equal(await readAll(portal), before)
}

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  for (const table of tables) {
    test(`a request that fails halfway has changed nothing, and can be made again: ${table}, ${name}`, async () => {
      await using asked = await openAsked(open)
      const { portal, visitor } = asked

      await without(portal, table, () => askFor(visitor, third))

      assert.equal((await askFor(visitor, third)).status, 303)
      const code = await portal.codeMailedTo(third)
      await visitor.submit('/account/email/code', { email: third, code })
      assert.deepEqual(await listEmails(portal), [third])
    }) // C2

    test(`a confirmation that fails halfway has changed nothing, and its link can be used again: ${table}, ${name}`, async () => {
      await using asked = await openAsked(open)
      const { portal, visitor, token } = asked
      await openStranger(portal).submit('/register', { email: newEmail, password: 'stranger than fiction' })

      await without(portal, table, () => visitor.submit('/account/email/confirm', { token }))

      const answer = await visitor.submit('/account/email/confirm', { token })
      assert.equal(answer.headers.location, '/account')
      assert.equal((await listEmails(portal))[0], newEmail)
    }) // C2
  }

  for (const table of [...tables, 'sessions']) {
    test(`an undo that fails halfway has changed nothing, and its link can be used again: ${table}, ${name}`, async () => {
      await using asked = await openAsked(open)
      const { portal, visitor, token } = asked
      await visitor.submit('/account/email/confirm', { token })

      await without(portal, table, () => undo(openStranger(portal), asked.undo))

      assert.equal((await undo(openStranger(portal), asked.undo)).status, 303)
      assert.deepEqual(await listEmails(portal), ['ada@example.com'])
    }) // C2
  }

  test(`an email to the new address that could not be written is written at the next request: ${name}`, async () => {
    await using asked = await openAsked(open)
    const { portal, visitor } = asked
    const { sql } = portal.world
    const { transact } = sql
    let count = 0
    sql.transact = (work) => (++count === 2 ? Promise.reject(new Error('killed')) : transact(work))

    assert.equal((await askFor(visitor, third)).status, 303)
    assert.equal(await portal.findMail(third), null)
    sql.transact = transact
    assert.equal((await askFor(visitor, third)).status, 303)

    const token = await tokenMailedTo(portal, third, '/account/email/confirm')
    const elsewhere = await openMember(portal)
    assert.equal((await elsewhere.submit('/account/email/confirm', { token })).headers.location, '/account')
  }) // C2
}
