import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letProofsAge } from '../support/freshness.ts'
import { boss, idOf, openOffice, signInAs } from '../support/office.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy } from '../support/strangers.ts'

type Shown = { id: string; action: string; ip: string; actor_id: string | null; subject_id: string | null }

const signInAsBoss = async (portal: Portal) => {
  await portal.visitor.submit('/login', { login: boss.email, password: boss.password })
  return portal.visitor
}

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`administrators find what happened by account, person, event, address and time: ${name}`, async () => {
    await using store = await open()
    await using office = await openOffice([ada], store.settings)
    const { portal, admin } = office
    const [adaId, bossId] = [await idOf(portal, ada), await idOf(portal, boss)]
    await signInAs(portal, ada)
    await admin.call('patch', `/users/${adaId}`, { display_name: 'Countess' })
    const find = async (query: string): Promise<Shown[]> =>
      (await admin.get(`/api/v1/admin/audit?${query}`)).body.events
    const actionsOf = async (query: string) => (await find(query)).map(({ action }) => action)

    const all = await find('')
    assert.deepEqual(await actionsOf(''), ['user.updated', 'session.started', 'session.started'])
    for (const who of [adaId, ada.email, 'ADA'])
      assert.deepEqual(await actionsOf(`user=${who}`), ['user.updated', 'session.started'])
    assert.deepEqual(await actionsOf(`user=ada&actor=${boss.email}`), ['user.updated'])
    assert.deepEqual(await actionsOf('action=session.started'), ['session.started', 'session.started'])
    assert.deepEqual(await actionsOf(`ip=${all[1]?.ip}`), ['session.started'])
    const today = new Date().toISOString().slice(0, 10)
    assert.equal((await find(`from=${today}&to=${today}`)).length, 3)
    assert.deepEqual(await find('to=2020-01-01'), [])
    assert.deepEqual(await find('user=nobody-at-all'), [])
    assert.deepEqual([all[0]?.actor_id, all[0]?.subject_id, all[2]?.subject_id], [bossId, adaId, bossId])
  })

  test(`page by page every event is listed once, newest first, also those of one moment: ${name}`, async () => {
    await using store = await open()
    await using office = await openOffice([], store.settings)
    const { portal, admin } = office
    const event = { action: 'user.updated', subjectId: 'x', ip: '', userAgent: '', requestId: '' }
    const times = Array.from(
      { length: 12 },
      (_, index) => new Date(1_000_000 + Math.floor(index / 5) * 1_000),
    )
    await portal.database.auditEvent.createMany({
      data: times.map((at, index) => ({ ...event, at, id: `event ${index}` })),
    })

    const ids: string[] = []
    for (let after: string | null = ''; after !== null; ) {
      const { body }: { body: { events: Shown[]; next: string | null } } = await admin.get(
        `/api/v1/admin/audit?user=x&per_page=5&after=${after}`,
      )
      ids.push(...body.events.map(({ id }) => id))
      after = body.next
    }

    const rows = await portal.database.auditEvent.findMany({
      where: { subjectId: 'x' },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
    })
    assert.deepEqual(
      ids,
      rows.map(({ id }) => id),
    )
    const beyond = await admin.get('/api/v1/admin/audit?after=1.AAAA')
    assert.deepEqual([beyond.status, beyond.body.code], [422, 'validation_failed'], 'a place that never was')
  })
}

test('the page says in words what happened, to whom and by whom, and leads to the next page with the same filter', async () => {
  await using portal = await openPortal({ people: [boss, ada], settings: behindProxy })
  const [adaId, bossId] = [await idOf(portal, ada), await idOf(portal, boss)]
  const origin = { ip: '192.0.2.7', userAgent: '', requestId: 'request-1' }
  for (let count = 0; count < 30; count++)
    await portal.services.repositories.audit.record({
      at: new Date(),
      action: 'user.role_changed',
      actorId: bossId,
      subjectId: adaId,
      origin,
      details: { from: 'user', to: 'admin' },
    })
  const visitor = await signInAsBoss(portal)

  const page = await visitor.visit('/admin/audit?user=ada&action=user.role_changed')
  assert.match(page.text, /<strong>Role changed<\/strong>.*from: user, to: admin/s)
  assert.ok(page.text.includes(`<a href="/admin/users/${adaId}">${ada.email}</a>`))
  assert.ok(page.text.includes('192.0.2.7') && page.text.includes('request-1'))
  const [, older = ''] = /href="(\/admin\/audit\?[^"]*after=[^"]*)"/.exec(page.text) ?? []
  const next = await visitor.visit(older.replaceAll('&amp;', '&'))
  assert.equal(next.text.split('Role changed</strong>').length - 1, 5)
  assert.match(next.text, /href="\/admin\/audit\?user=ada&amp;action=user.role_changed"/)

  const wrong = await visitor.visit('/admin/audit?from=someday')
  assert.equal(wrong.status, 422)
  assert.match(wrong.text, /Use a day like 2026-11-21/)
})

test('whoever downloads the log has just proved who they are, gets what they filtered for, and is in the log for it', async () => {
  await using portal = await openPortal({ people: [boss, ada], settings: behindProxy })
  await signInAs(portal, ada)
  const visitor = await signInAsBoss(portal)

  const file = await visitor.visit(`/admin/audit/export?user=${ada.email}`)
  assert.match(
    file.headers['content-disposition'] ?? '',
    /^attachment; filename=audit-\d{4}-\d\d-\d\d\.jsonl$/,
  )
  const lines = String(file.text ?? file.body)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ action }) => action),
    ['session.started'],
  )
  const [event] = await portal.database.auditEvent.findMany({ where: { action: 'audit.exported' } })
  const [adaId, bossId] = [await idOf(portal, ada), await idOf(portal, boss)]
  assert.deepEqual([event?.actorId, event?.details], [bossId, JSON.stringify({ user: adaId })])

  await letProofsAge(portal, { user: { email: boss.email } })
  const refused = await visitor.visit('/admin/audit/export?user=ada')
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'audit.exported' } }), 1)
  assert.notEqual(refused.headers['content-type'], file.headers['content-type'])
}) // AUT-06
