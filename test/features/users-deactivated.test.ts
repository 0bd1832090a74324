import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStillClock } from '../support/clock.ts'
import { listNotices } from '../support/not-me.ts'
import { boss, idOf, openOffice, signInAs } from '../support/office.ts'
import { ada } from '../support/people.ts'
import { reset } from '../support/reset.ts'
import { openStranger } from '../support/strangers.ts'
import { visit } from '../support/workers.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const WRONG = 'That email or password isn’t right.'

/** Its administrator signs in anew for every call, however much time has passed. */
async function openOfficeInTime() {
  const clock = createStillClock()
  const office = await openOffice([ada], {}, clock)
  const { portal } = office
  const id = await idOf(portal, ada)
  const ask = async (method: 'get' | 'patch' | 'delete', path: string, body?: object) =>
    portal.client.call(method, path, await signInAs(portal, boss), body)
  const inDays = (days: number) => new Date(clock.now().getTime() + days * DAY_MS).toISOString()
  const deactivate = (more: object) => ask('patch', `/users/${id}`, { is_active: false, ...more })
  return { ...office, clock, id, ask, inDays, deactivate }
}

test('somebody deactivated for a week signs in again after it, without anybody doing anything, and in no old session', async () => {
  await using office = await openOfficeInTime()
  const { portal, clock, inDays } = office
  const before = await signInAs(portal, ada)

  const until = inDays(7)
  const answer = await office.deactivate({ deactivated_until: until, deactivation_reason: ' On leave ' })
  clock.forward(7 * DAY_MS - 1)
  const early = await portal.client.post('/auth/login', { login: 'ada', password: ada.password })
  clock.forward(1)

  assert.equal(answer.status, 200)
  assert.deepEqual(
    [answer.body.is_active, answer.body.deactivated_until, answer.body.deactivation_reason],
    [false, until, 'On leave'],
  )
  assert.equal(early.status, 401)
  assert.ok(early.body.detail.startsWith(WRONG))
  assert.equal(await visit(portal, before), '401 session_ended')
  assert.equal(await visit(portal, await signInAs(portal, ada)), 'welcome')
  const { isActive, deactivatedUntil, deactivationReason } = await portal.database.user.findUniqueOrThrow({
    where: { id: office.id },
  })
  assert.deepEqual([isActive, deactivatedUntil, deactivationReason], [true, null, null])
})

test('whoever is asked about first, the end of a deactivation is recorded once and told to its owner', async () => {
  await using office = await openOfficeInTime()
  const { portal, ask, clock, id } = office
  await office.deactivate({ deactivated_until: office.inDays(1) })
  clock.forward(DAY_MS)

  const [listed] = await Promise.all([ask('get', '/users?status=active'), ask('get', `/users/${id}`)])
  await portal.services.housekeeping.sweep()
  await signInAs(portal, ada)

  assert.equal(listed.body.users.length, 2)
  const events = await portal.database.auditEvent.findMany({ where: { action: 'user.reactivated' } })
  assert.deepEqual(
    events.map(({ actorId, subjectId, ip }) => [actorId, subjectId, ip]),
    [[null, id, '']],
  )
  const history = await portal.client.get('/auth/history', await signInAs(portal, ada))
  const texts = history.body.events.map(({ text }: { text: string }) => text)
  assert.ok(texts.includes('Your account is active again: the time it was deactivated for is over.'), texts)
  const told = await listNotices(portal)
  assert.equal(told.filter(({ text }) => /is active again: the time/.test(text)).length, 1)
})

test('its owner reads in an email until when and why, and the sign-in page says no more than to anybody', async () => {
  await using office = await openOfficeInTime()
  const { portal } = office

  await office.deactivate({
    deactivated_until: '2099-12-01T09:00:00+01:00',
    deactivation_reason: 'A <b> “break”',
  })
  const page = await portal.visitor.submit('/login', { login: 'ada', password: ada.password })

  const [notice] = await listNotices(portal)
  assert.match(
    notice?.text.replaceAll('\n', ' ') ?? '',
    /deactivated your account until 1 December 2099 at 08:00 UTC\. The reason given: “A <b> “break””/,
  )
  assert.match(page.text, new RegExp(WRONG))
  assert.doesNotMatch(page.text, /deactivated|December|break/)
})

test('a deactivation can be given another end, or none, and ends with a word', async () => {
  await using office = await openOfficeInTime()
  const { portal, ask, id, clock } = office
  const first = office.inDays(3)
  const state = async () => {
    const { body } = await ask('get', `/users/${id}`)
    return [body.is_active, body.deactivated_until, body.deactivation_reason]
  }

  await office.deactivate({ deactivated_until: first, deactivation_reason: 'On leave' })
  await office.deactivate({})
  assert.deepEqual(await state(), [false, first, 'On leave'])
  await office.deactivate({ deactivated_until: office.inDays(5) })
  assert.deepEqual(await state(), [false, office.inDays(5), 'On leave'])
  await ask('delete', `/users/${id}`)
  assert.deepEqual(await state(), [false, null, 'On leave'])
  clock.forward(30 * DAY_MS)
  await portal.services.housekeeping.sweep()
  assert.equal(await signInAs(portal, ada), undefined)

  await ask('patch', `/users/${id}`, { is_active: true })

  assert.deepEqual(await state(), [true, null, null])
  assert.equal(await visit(portal, await signInAs(portal, ada)), 'welcome')
})

test('an end that is past, or that nothing is to end, is refused with a sentence', async () => {
  await using office = await openOfficeInTime()
  const { ask, id } = office
  const refused = [
    { is_active: false, deactivated_until: office.inDays(0) },
    { is_active: false, deactivated_until: office.inDays(-1) },
    { is_active: false, deactivated_until: 'tomorrow' },
    { is_active: false, deactivated_until: '+010000-01-01T00:00:00Z' },
    { is_active: false, deactivated_until: '9999-12-31T23:59:59-23:00' },
    { is_active: true, deactivated_until: office.inDays(1) },
    { deactivated_until: office.inDays(1) },
  ]

  for (const body of refused) {
    const answer = await ask('patch', `/users/${id}`, body)
    assert.equal(answer.status, 422, JSON.stringify(body))
    assert.equal(answer.body.errors[0].field, 'deactivated_until')
  }
  const reasons = ['x'.repeat(201), 'two\nlines', 'a\u202eb', 7]
  for (const deactivation_reason of reasons)
    assert.equal(
      (await office.deactivate({ deactivation_reason })).body.errors[0].field,
      'deactivation_reason',
    )
  assert.equal((await ask('get', `/users/${id}`)).body.is_active, true)
})

test('the way back by email opens as soon as the deactivation is over', async () => {
  await using office = await openOfficeInTime()
  const { portal, clock } = office
  await office.deactivate({ deactivated_until: office.inDays(1) })
  clock.forward(DAY_MS)

  await openStranger(portal).submit('/forgot-password', { email: ada.email })
  await portal.world.afterwards.settle()
  const [link] = (await portal.mails()).flatMap(
    ({ text }) => /\/reset-password\?token=([\w-]+)/.exec(text)?.[1] ?? [],
  )

  assert.equal((await reset(portal.visitor, link ?? '')).status, 303)
})
