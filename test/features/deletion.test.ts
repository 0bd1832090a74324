import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { letProofsAge } from '../support/freshness.ts'
import { boss, idOf, openOffice, signInAs } from '../support/office.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy } from '../support/strangers.ts'
import { visit } from '../support/workers.ts'

const enter = ({ visitor }: Portal) => visitor.submit('/login', { login: ada.email, password: ada.password })

/** The week is over: the database’s clock cannot be turned forward. */
async function letWeekPass({ database, services }: Portal) {
  await database.user.updateMany({
    where: { deletesAt: { not: null } },
    data: { deletesAt: new Date(Date.now() - 1_000) },
  })
  await services.housekeeping.sweep()
}

test('I delete my account: I am signed out everywhere, told when it will be gone, and hear of it by email', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock, settings: behindProxy })
  const elsewhere = await signInAs(portal, ada)
  await enter(portal)
  const { visitor, database } = portal

  const question = await visitor.visit('/account/data/delete')
  const answer = await visitor.submit('/account/data/delete')
  const page = await visitor.visit('/login')

  assert.match(question.text, /<form method="post" action="\/account\/data\/delete">/)
  assert.deepEqual([answer.status, answer.headers.location], [303, '/login'])
  assert.match(page.text, /your account will be deleted on \d+ \w+ \d{4}/)
  assert.equal(await visit(portal, elsewhere), '401 session_ended')
  const { deletesAt } = await database.user.findFirstOrThrow()
  assert.ok(Math.abs((deletesAt?.getTime() ?? 0) - clock.now().getTime() - 7 * DAY_MS) < MINUTE_MS)
  const where = { recipient: ada.email, template: 'deletion-requested' }
  assert.equal(await database.outgoingMail.count({ where }), 1)
})

test('who signs in within the week is asked whether to keep the account, and keeps it with one click', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor, database } = portal
  await enter(portal)
  await visitor.submit('/account/data/delete')
  await enter(portal)

  const asked = await visitor.visit('/account')
  const kept = await visitor.submit('/account/data/keep')
  const after = await visitor.visit('/account')

  assert.match(asked.text, /everything we hold about you will be deleted/)
  assert.match(asked.text, /action="\/account\/data\/keep"/)
  assert.deepEqual([kept.status, kept.headers.location], [303, '/account'])
  assert.match(after.text, /Your account stays\./)
  assert.doesNotMatch(after.text, /will be deleted/)
  await letWeekPass(portal)
  assert.equal(await database.user.count(), 1)
})

for (const store of stores) {
  test(`after a week the account is gone with all that hung on it, its address is free, and the audit log names nobody (${store.name})`, async () => {
    await using open = await store.open()
    await using portal = await openPortal({
      people: [ada, grace],
      settings: { ...behindProxy, ...open.settings, REGISTRATION: 'open' },
    })
    const { visitor, client, database } = portal
    const userId = await idOf(portal, ada)
    await enter(portal)
    await visitor.submit('/account/profile', { display_name: 'Ada', username: 'ada' })
    await visitor.submit('/account/data/delete')
    const again = await signInAs(portal, ada)

    await letWeekPass(portal)

    assert.match(await visit(portal, again), /^401 (session_ended|token_invalid)$/)
    assert.deepEqual(
      (await database.user.findMany()).map(({ email }) => email),
      [grace.email],
    )
    for (const left of [
      await database.session.count({ where: { userId } }),
      await database.auditEvent.count({ where: { OR: [{ subjectId: userId }, { actorId: userId }] } }),
      await database.outgoingMail.count({ where: { template: 'deletion-requested' } }),
    ])
      assert.equal(left, 0)
    const events = await database.auditEvent.findMany({ where: { subjectId: 'deleted' } })
    assert.ok(events.some(({ action }) => action === 'user.deleted'))
    assert.ok(events.some(({ action }) => action === 'user.updated'))
    assert.deepEqual(
      events.filter(({ ip, userAgent, details }) => ip || userAgent || details !== '{}'),
      [],
    )
    const { status } = await client.post('/auth/register', { email: ada.email, password: ada.password })
    assert.equal(status, 201)
  })
}

test('until the week is over nothing is deleted', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  await enter(portal)
  await portal.visitor.submit('/account/data/delete')

  await portal.services.housekeeping.sweep()

  assert.equal(await portal.database.user.count(), 1)
})

test('the last administrator cannot delete the account, and is told what to do first', async () => {
  await using office = await openOffice([{ ...ada, role: 'admin' }])
  const { portal, admin } = office
  const ending = await signInAs(portal, ada)
  const first = await portal.client.call('post', '/auth/deletion', ending)

  const last = await admin.call('post', '/auth/deletion')
  await portal.visitor.submit('/login', { login: boss.email, password: boss.password })
  const answer = await portal.visitor.submit('/account/data/delete')
  const page = await portal.visitor.visit(answer.headers.location ?? '')

  assert.equal(first.status, 202, first.text)
  assert.deepEqual([last.status, last.body.code], [409, 'last_admin'])
  assert.match(page.text, /You’re the only administrator/)
})

test('programs ask for it and take it back the same way; asking twice keeps the first date', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock, settings: behindProxy })
  const { client, database } = portal
  const first = await client.call('post', '/auth/deletion', await signInAs(portal, ada))
  clock.forward(DAY_MS)
  const asking = await signInAs(portal, ada)
  const second = await client.call('post', '/auth/deletion', asking)
  const secret = await signInAs(portal, ada)
  const kept = await client.call('delete', '/auth/deletion', secret)

  assert.deepEqual([first.status, second.status, kept.status], [202, 202, 204])
  assert.equal(second.body.deletes_at, first.body.deletes_at)
  assert.equal(await visit(portal, asking), '401 session_ended')
  assert.equal((await database.user.findFirstOrThrow()).deletesAt, null)
})

test('who borrowed a device for a moment deletes nothing', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor, client, database } = portal
  const secret = await signInAs(portal, ada)
  await enter(portal)
  await letProofsAge(portal)

  const page = await visitor.submit('/account/data/delete')
  const answer = await client.call('post', '/auth/deletion', secret)

  assert.equal(page.status, 403)
  assert.match(page.text, /type="password"/)
  assert.deepEqual([answer.status, answer.body.code], [403, 'reauthentication_required'])
  assert.equal((await database.user.findFirstOrThrow()).deletesAt, null)
})

test('a session that ended a moment ago neither deletes the account nor keeps it', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { database, services } = portal
  const check = await services.sessions.check(await signInAs(portal, ada))
  assert.ok(check.state === 'live')
  const origin = { ip: '', userAgent: '', requestId: '' }

  // The owner takes the account back while the request is under way.
  await services.sessions.endAll(check.member, origin)
  const request = await services.deletions.request(check.member, origin)
  const isKept = await services.deletions.cancel(check.member, origin)

  assert.deepEqual([request.outcome, isKept], ['ended', false])
  assert.equal((await database.user.findFirstOrThrow()).deletesAt, null)
})
