import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createTestClock } from '../support/clock.ts'
import { boss, idOf, openOffice, signInAs } from '../support/office.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy } from '../support/strangers.ts'

type Event = { text: string; by: string; device: string; ip: string; at: string; id: string }

async function readHistory({ client }: Pick<Portal, 'client'>, secret: string): Promise<Event[]> {
  const { status, body, text } = await client.get('/auth/history', secret)
  assert.equal(status, 200, text)
  return body.events
}

const textsOf = (events: Event[]) => events.map(({ text }) => text)

test('I read what happened to my account, newest first, with the device and the address it came from', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock, settings: behindProxy })
  const { visitor, client } = portal
  clock.forward(1_000)
  const guess = client.portal.post('/auth/login').send({ login: ada.email, password: 'wrong' })
  await client.send(guess, { 'x-forwarded-for': '198.51.100.9', 'user-agent': 'curl/8.5.0' })
  clock.forward(1_000)
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  clock.forward(1_000)
  await visitor.submit('/account/profile', { display_name: 'Ada King', username: 'ada' })

  const page = await visitor.visit('/account/history')
  const { body } = await visitor.visit('/auth/history', { 'sec-fetch-site': 'same-origin' })

  assert.equal(page.status, 200)
  assert.equal(page.headers['cache-control'], 'no-store')
  const expected = ['You changed your name.', 'Signed in with a password.', 'A sign-in was refused.']
  assert.deepEqual(textsOf(body.events), expected)
  assert.deepEqual(
    [...page.text.matchAll(/<li>\s*<p>(.*?)<\/p>/g)].map(([, text]) => text),
    expected,
  )
  const [, , refused] = body.events as Event[]
  assert.deepEqual([refused?.by, refused?.device, refused?.ip], ['unknown', 'curl', '198.51.100.9'])
  assert.match(page.text, /curl · 198\.51\.100\.9/)
})

test('nobody reads another person’s history', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const [mine, hers] = [await signInAs(portal, ada), await signInAs(portal, grace)]
  const [newest] = await readHistory(portal, hers)
  const id = Buffer.from(newest?.id ?? '').toString('base64url')
  const place = `${Date.parse(newest?.at ?? '') + 1}.${id}`

  const { body } = await portal.client.get(`/auth/history?after=${place}`, mine)

  assert.ok(newest)
  assert.ok(body.events.length > 0)
  assert.ok(!body.events.some(({ id }: Event) => id === newest.id))
})

test('an administrator’s action is shown as one, without saying who it was', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)
  await admin.call('patch', `/users/${id}`, { display_name: 'Augusta', username: 'augusta' })
  await admin.call('patch', `/users/${id}`, { role: 'admin' })
  await admin.call('delete', `/users/${id}`)
  await admin.call('patch', `/users/${id}`, { is_active: true })

  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  const { text } = await visitor.visit('/account/history')

  for (const sentence of [
    'An administrator changed your name and username.',
    'An administrator made you an administrator.',
    'An administrator deactivated your account.',
    'An administrator reactivated your account.',
  ])
    assert.ok(text.includes(sentence), sentence)
  assert.ok(!text.includes(boss.email) && !text.includes(boss.displayName))
})

test('where an administrator was is not told: not on the page, not by the API, not in the file', async () => {
  await using office = await openOffice([ada])
  const { portal } = office
  const { client, visitor } = portal
  const id = await idOf(portal, ada)
  const from = { 'x-forwarded-for': '198.51.100.200', 'user-agent': 'BossBrowser Firefox/140 Windows' }
  const change = client.portal.patch(`/users/${id}`).send({ display_name: 'Augusta' })
  await client.send(change, { ...from, authorization: `Bearer ${office.admin.secret}` })
  const secret = await signInAs(portal, ada)
  await visitor.submit('/login', { login: ada.email, password: ada.password })

  const told = [
    (await visitor.visit('/account/history')).text,
    (await client.get('/auth/history', secret)).text,
    (await client.get('/auth/data', secret)).text,
  ]

  for (const text of told) {
    assert.match(text, /An administrator changed your name|user\.updated/)
    assert.doesNotMatch(text, /198\.51\.100\.200|BossBrowser|Firefox on Windows/)
  }
})

test('programs stand in it by their names, however they call themselves', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const secret = await signInAs(portal, ada)
  const { client } = await portal.services.clients.create({
    name: '<b>Reports</b>',
    scopes: ['account:read', 'offline_access'],
    isPublic: true,
    origin: { ip: '', userAgent: '', requestId: '' },
  })
  const scope = 'account:read offline_access'
  const form = { scope, client_id: client.id }
  const answer = await portal.client.send(portal.client.portal.post('/auth/token').type('form').send(form), {
    authorization: `Bearer ${secret}`,
  })
  assert.equal(answer.status, 200, answer.text)

  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })
  const page = await portal.visitor.visit('/account/history')

  assert.match(page.text, /&lt;b&gt;Reports&lt;\/b&gt; was given access to your account\./)
})

for (const store of stores.filter(({ name }) => name !== 'SQLite and Redis')) {
  test(`reading on shows every event once, even those of the same moment, on ${store.name}`, async () => {
    await using open = await store.open()
    await using portal = await openPortal({ people: [ada], settings: { ...open.settings, ...behindProxy } })
    const secret = await signInAs(portal, ada)
    const subjectId = await idOf(portal, ada)
    const at = new Date()
    const rest = { action: 'session.start_refused', subjectId, ip: '', userAgent: '', requestId: '' }
    await portal.database.auditEvent.createMany({
      data: Array.from({ length: 20 }, (_, n) => ({
        ...rest,
        id: randomUUID(),
        at: new Date(at.getTime() - Math.floor(n / 8) * 1_000),
      })),
    })

    const met: string[] = []
    for (let after: string | null = ''; after !== null; ) {
      const { body, text, status } = await portal.client.get(
        `/auth/history?per_page=3&after=${after}`,
        secret,
      )
      assert.equal(status, 200, text)
      met.push(...body.events.map(({ id }: Event) => id))
      after = body.next
    }

    const all = await portal.database.auditEvent.findMany({
      where: { subjectId },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
    })
    assert.deepEqual(
      met,
      all.map(({ id }) => id),
    )
  })
}

test('a place that was never one leads back to the newest events, and a program is told', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const secret = await signInAs(portal, ada)
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })

  for (const place of ['x', '1.', '999999999999999.a', '1.a&after=1.b', '%00', '1.a%00', '1.AAAA']) {
    const page = await portal.visitor.visit(`/account/history?after=${place}`)
    assert.deepEqual([page.status, page.headers.location], [303, '/account/history'], place)
    const answer = await portal.client.get(`/auth/history?after=${place}`, secret)
    assert.deepEqual([answer.status, answer.body.code], [422, 'validation_failed'], place)
  }
})
