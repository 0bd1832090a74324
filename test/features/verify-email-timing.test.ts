import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

/** Until it is let go, nothing is written for anybody. */
function holdWriting({ world: { sql } }: Portal) {
  const { transact } = sql
  const { promise: released, resolve: letGo } = Promise.withResolvers<void>()
  sql.transact = async (work) => {
    await released
    return transact(work)
  }
  return { letGo }
}

test('a request for a new link is answered before any work that differs between addresses', async () => {
  await using portal = await openPortal({
    people: [ada, { ...grace, isVerified: false }],
    settings: behindProxy,
  })
  const { letGo } = holdWriting(portal)

  for (const email of [grace.email, ada.email, 'nobody@example.com']) {
    const called = await openStranger(portal).post('/auth/resend-verification', { email })
    const page = await openStranger(portal).submit('/verify-email/resend', { email })
    assert.deepEqual([called.status, page.status], [202, 303])
  }

  assert.equal(await portal.database.outgoingMail.count(), 0)
  letGo()
  assert.deepEqual(
    (await portal.mails()).map(({ to }) => to),
    [grace.email, grace.email],
  )
})

test('a portal that is stopped first finishes the work it has already answered for', async () => {
  await using portal = await openPortal({ people: [{ ...grace, isVerified: false }] })
  const { letGo } = holdWriting(portal)
  await portal.client.post('/auth/resend-verification', { email: grace.email })
  const { id } = await portal.database.user.findFirstOrThrow()

  const closed = portal.close({ patienceMs: 0 })
  letGo()
  await closed

  await using again = await openPortal({ settings: { DATABASE_URL: portal.config.databaseUrl } })
  assert.equal(await again.database.oneTimeLink.count({ where: { userId: id } }), 1)
})

test('work that fails afterwards is logged, without the address', async () => {
  await using portal = await openPortal({ people: [{ ...grace, isVerified: false }] })
  await portal.database.$executeRaw`ALTER TABLE outgoing_mails RENAME TO lost`

  const { status } = await portal.client.post('/auth/resend-verification', { email: grace.email })
  await portal.world.afterwards.settle()

  assert.equal(status, 202)
  assert.match(portal.lines.join(''), /could not send a new link/)
  assert.ok(!portal.lines.join('').includes(grace.email))
})
