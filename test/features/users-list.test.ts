import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { boss, idOf, openOffice, signInAs } from '../support/office.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import type { Answer } from '../support/visitor.ts'

const onBoth = stores.filter(({ name }) => name !== 'SQLite and Redis')
const emails = ({ body }: Answer) => body.users.map(({ email }: { email: string }) => email)

for (const store of onBoth) {
  test(`reading the list page by page shows everybody once, even those of the same moment, on ${store.name}`, async () => {
    await using open = await store.open()
    await using office = await openOffice([], open.settings)
    const { portal, admin } = office
    await portal.database.user.createMany({ data: Array.from({ length: 40 }, (_, n) => row(n)) })
    const everybody = await portal.database.user.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
    const byTime = everybody.map(({ email }) => email)
    const byEmail = byTime.toSorted()

    for (const [sort, expected] of [
      ['created_at', byTime],
      ['-created_at', byTime.toReversed()],
      ['email', byEmail],
      ['-email', byEmail.toReversed()],
    ] as const) {
      const met: string[] = []
      let after = ''
      while (after !== null) {
        const page = await admin.get(`/users?per_page=7&sort=${sort}&after=${after}`)
        assert.deepEqual(Object.keys(page.body), ['users', 'per_page', 'next'])
        met.push(...emails(page))
        after = page.body.next
      }
      assert.deepEqual(met, expected, sort)
    }
  })

  test(`a search finds by how an address, a username or a name begins, letter for letter, on ${store.name}`, async () => {
    await using open = await store.open()
    const people = [
      { email: 'a.b@example.com', password: null, username: 'zoe' },
      { email: 'ab@example.com', password: null, username: 'a_b' },
      { email: 'a-b@example.com', password: null, username: 'axb' },
      { email: 'zz@example.com', password: null, username: 'a.c', displayName: 'Émile O’Neil' },
    ] satisfies Person[]
    await using office = await openOffice(people, open.settings)
    const found = async (search: string) =>
      emails(await office.admin.get(`/users?sort=email&search=${encodeURIComponent(search)}`))

    assert.deepEqual(await found('a.'), ['a.b@example.com', 'zz@example.com'])
    assert.deepEqual(await found(' A_B'), ['ab@example.com'])
    assert.deepEqual(await found('zo'), ['a.b@example.com'])
    assert.deepEqual(await found('ab@example.com'), ['ab@example.com'])
    for (const name of ['É', 'émile o', 'E\u0301MILE O’NEIL'])
      assert.deepEqual(await found(name), ['zz@example.com'])
    for (const nobody of ['%', '_', '*', 'b@', "' OR 1=1 --", '\\', 'ä', 'neil', '😀'])
      assert.deepEqual(await found(nobody), [])
  })

  test(`anything but an id names nobody, on ${store.name}`, async () => {
    await using open = await store.open()
    await using office = await openOffice([], open.settings)
    const { admin } = office
    const id = randomUUID()
    const none = ['-1', '0', '1e309', `{${id}}`, id.toUpperCase(), '%00', `${id}%00`, 'x'.repeat(10_000)]
    const odd = [
      "1' OR '1'='1",
      '[object Object]',
      '__proto__',
      'null',
      `${id},${id}`,
      '..%2Fme',
      '%F0%9F%98%80',
    ]

    for (const each of [id, ...none, ...odd.map(encodeURI)]) {
      for (const method of ['patch', 'put', 'delete'] as const) {
        const answer = await admin.call(method, `/users/${each}`, { role: 'user', is_active: true })
        assert.equal(answer.status, 404, `${method} ${each.slice(0, 40)}`)
      }
      assert.equal((await admin.get(`/users/${each}`)).status, 404)
    }
  })

  test(`two administrators who demote each other at once leave one, on ${store.name}`, async () => {
    await using open = await store.open()
    const other = { ...ada, role: 'admin' } satisfies Person
    await using office = await openOffice([other], open.settings)
    const { portal, admin } = office
    const [mine, theirs] = [await idOf(portal, boss), await idOf(portal, other)]
    const second = await signInAs(portal, other)

    const [one, two] = await Promise.all([
      admin.call('patch', `/users/${theirs}`, { role: 'user' }),
      portal.client.call('patch', `/users/${mine}`, second, { is_active: false }),
    ])

    // The one that came too late was an administrator no more, or would have been the last to go.
    assert.ok([one.status, two.status].filter((status) => status === 200).length === 1, one.text + two.text)
    assert.equal(await portal.database.user.count({ where: { role: 'admin', isActive: true } }), 1)
  })
}

test('addresses and names are compared by their bytes, whatever the language of the database', async () => {
  await using open = await (onBoth[1] as (typeof stores)[0]).open()
  await using portal = await openPortal({ settings: open.settings })
  const columns = await portal.database.$queryRaw`
    SELECT column_name FROM information_schema.columns
    WHERE table_name = 'users' AND collation_name = 'C' ORDER BY 1`

  assert.deepEqual(columns, [
    { column_name: 'email' },
    { column_name: 'search_name' },
    { column_name: 'username' },
  ])
})

test('the list can be narrowed to a role and to who may enter', async () => {
  const gone = { ...ada, email: 'gone@example.com', username: 'gone', isActive: false }
  await using office = await openOffice([ada, gone])
  const listed = async (query: string) => emails(await office.admin.get(`/users?sort=email&${query}`))

  assert.deepEqual(await listed('role=admin'), [boss.email])
  assert.deepEqual(await listed('role=user'), [ada.email, gone.email])
  assert.deepEqual(await listed('status=deactivated'), [gone.email])
  assert.deepEqual(await listed('status=active&role=user'), [ada.email])
  assert.deepEqual(await listed('role=admin&status=deactivated'), [])
  assert.deepEqual(await listed('status=unconfirmed'), [])
  await office.admin.call('post', '/users', { email: 'new@example.com' })
  assert.deepEqual(await listed('status=unconfirmed'), ['new@example.com'])
  assert.deepEqual(await listed('status=active&role=user'), [ada.email, 'new@example.com'])
  assert.deepEqual(await listed('search=&role=&status='), [
    ada.email,
    boss.email,
    gone.email,
    'new@example.com',
  ])
})

test('the list can be paged by number, too', async () => {
  await using office = await openOffice([ada, grace])
  const { admin } = office

  const second = await admin.get('/users?sort=email&per_page=2&page=2')
  const beyond = await admin.get('/users?page=100&per_page=100')
  const most = await admin.get('/users?per_page=1000000')

  assert.deepEqual(second.body, { ...second.body, page: 2, per_page: 2, next: null })
  assert.deepEqual(emails(second), [grace.email])
  assert.deepEqual([beyond.body.users, beyond.body.next], [[], null])
  assert.equal(most.body.per_page, 100)
})

test('unknown queries are refused, and hidden columns cannot be searched', async () => {
  await using office = await openOffice([ada])
  const { admin } = office
  const cursor = (await admin.get('/users?per_page=1')).body.next
  const forge = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url')
  const refused = [
    ...['-1', '0', '1e9', 'NaN', '1.5', ' 1', '0x1', '101', '999999999999', 'a'].map(
      (page) => `page=${page}`,
    ),
    ...['-1', '0', '1e6', 'NaN', '99999999999'].map((size) => `per_page=${size}`),
    ...['passwordHash', 'password_hash', 'role', 'id', 'email;', '--email', '__proto__'].map(
      (sort) => `sort=${sort}`,
    ),
    'sort=email&sort=created_at',
    'role=root',
    'status=verified',
    'page=1&page=2',
    'search=a&search=b',
    'search=%00',
    `search=${'%25'.repeat(10_000 / 2)}`,
    `after=${cursor}&sort=email`,
    `after=${cursor}&page=1`,
    `after=${cursor}&after=${cursor}`,
    'after=x',
    'after=%00',
    `after=${forge(null)}`,
    `after=${forge({})}`,
    `after=${forge(['passwordHash', 'x'])}`,
    `after=${forge(['-created_at', 1e300, randomUUID()])}`,
    `after=${forge(['-created_at', 8_640_000_000_000_000, randomUUID()])}`,
    `after=${forge(['created_at', Date.parse('9999-12-31T23:59:59.999Z') + 1, randomUUID()])}`,
    `after=${forge(['created_at', -62_135_596_800_001, randomUUID()])}`,
    `after=${forge(['-created_at', 0, { gt: '' }])}`,
    `after=${forge(['email', { contains: '' }])}`,
    `after=${forge(['email', 'a\0'])}`,
  ]
  const everybody = emails(await admin.get('/users'))

  for (const query of refused) {
    const answer = await admin.get(`/users?${query}`)
    assert.equal(answer.status, 422, `${query}: ${answer.text}`)
    assert.equal(answer.body.code, 'validation_failed')
  }
  for (const ignored of ['sort[]=email', 'password_hash=x', 'passwordHash[startsWith]=$', 'where[id]=1'])
    assert.deepEqual(emails(await admin.get(`/users?${ignored}`)), everybody)
}) // AUT-08

/** Three of each moment. */
function row(n: number) {
  const at = new Date(Date.UTC(2026, 0, 1, 0, Math.floor(n / 3)))
  return {
    id: randomUUID(),
    email: `${n % 7}-${n}@example.com`,
    registeredAt: at,
    createdAt: at,
    emailVerifiedAt: at,
  }
}
