import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { ada, grace, type Person, publicUserFields } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'
import type { Answer } from '../support/visitor.ts'
import { openWorkers, visit } from '../support/workers.ts'

const boss = { ...grace, email: 'boss@example.com', username: 'boss', role: 'admin' } satisfies Person
const onBoth = stores.filter(({ name }) => name !== 'SQLite and Redis')

async function signIn({ client }: Pick<Portal, 'client'>, { email, password }: Person): Promise<string> {
  const sent = client.portal.post('/auth/login').send({ login: email, password })
  return (await client.send(sent, { 'x-forwarded-for': nextAddress() })).body.session?.id
}

async function idOf({ database }: Pick<Portal, 'database'>, { email }: Pick<Person, 'email'>) {
  return (await database.user.findUniqueOrThrow({ where: { email } })).id
}

async function openOffice(people: Person[] = [], settings = {}) {
  const portal = await openPortal({ people: [boss, ...people], settings: { ...behindProxy, ...settings } })
  const secret = await signIn(portal, boss)
  const admin = {
    secret,
    get: (path: string) => portal.client.get(path, secret),
    call: (method: 'post' | 'put' | 'patch' | 'delete', path: string, body?: unknown) =>
      portal.client.call(method, path, secret, body),
  }
  return { portal, admin, [Symbol.asyncDispose]: () => portal[Symbol.asyncDispose]() }
}

const emails = ({ body }: Answer) => body.users.map(({ email }: { email: string }) => email)

test('I read my profile and change what I name of it', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { client } = portal
  const secret = await signIn(portal, ada)

  const before = await client.get('/users/me', secret)
  const changed = await client.call('patch', '/api/v1/users/me', secret, { display_name: ' Countess ' })
  const after = await client.get('/users/me', secret)

  assert.equal(before.status, 200)
  assert.deepEqual(Object.keys(before.body), publicUserFields)
  assert.deepEqual([before.body.display_name, before.body.username], ['Ada Lovelace', 'ada'])
  assert.deepEqual(
    [changed.status, changed.body.display_name, changed.body.username],
    [200, 'Countess', 'ada'],
  )
  assert.deepEqual(after.body, changed.body)
})

test('a profile that I put replaces mine: what is left out is taken away', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { client } = portal
  const secret = await signIn(portal, ada)

  const put = await client.call('put', '/users/me', secret, { display_name: 'A. L.' })
  const putBack = await client.call('put', '/users/me', secret, { ...put.body, username: 'Countess' })
  const nothing = await client.call('put', '/users/me', secret)

  assert.deepEqual([put.status, put.body.display_name, put.body.username], [200, 'A. L.', null])
  assert.deepEqual([putBack.body.display_name, putBack.body.username], ['A. L.', 'countess'])
  assert.equal(nothing.status, 400)
})

test('nobody gives themselves an address, a role or an id', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const { client } = portal
  const secret = await signIn(portal, ada)
  const before = await client.get('/users/me', secret)
  const claims = {
    id: await idOf(portal, grace),
    email: 'boss@example.com',
    email_verified: false,
    role: 'admin',
    is_active: false,
    sessionEpoch: 9,
    passwordHash: 'x',
    created_at: '2000-01-01',
  }

  for (const method of ['patch', 'put'] as const) {
    const body = { ...claims, display_name: 'Ada Lovelace', username: 'ada' }
    assert.equal((await client.call(method, '/users/me', secret, body)).status, 200)
  }

  assert.deepEqual((await client.get('/users/me', secret)).body, before.body)
  assert.equal((await client.get('/users', secret)).status, 403)
}) // REG-02, AUT-03

test('what no name can be is refused, and says so', async () => {
  await using portal = await openPortal({ people: [ada] })
  const secret = await signIn(portal, ada)
  const wrong: [object, string][] = [
    [{ display_name: 'a\0b' }, 'display_name'],
    [{ display_name: '\ud800' }, 'display_name'],
    [{ display_name: 'x'.repeat(81) }, 'display_name'],
    [{ display_name: ['x'] }, 'display_name'],
    [{ display_name: { not: '' } }, 'display_name'],
    [{ username: 'a b' }, 'username'],
    [{ username: 'аdmin' }, 'username'],
    [{ username: { contains: '' } }, 'username'],
    [{ username: 7 }, 'username'],
  ]

  for (const [body, field] of wrong) {
    const answer = await portal.client.call('patch', '/users/me', secret, body)
    assert.equal(answer.status, 422, JSON.stringify(body))
    assert.equal(answer.body.errors[0].field, field)
  }
}) // LOG-14

test('a username belongs to whoever is first, however it is spelt', async () => {
  const people = [ada, grace, boss].map((person) => ({ ...person, username: undefined }))
  await using portal = await openPortal({ people: people as Person[] })
  const secrets = await Promise.all(people.map((person) => signIn(portal, person)))

  const claims = await Promise.all(
    secrets.map((secret, index) =>
      portal.client.call('patch', '/users/me', secret, { username: index ? 'COUNTESS' : 'countess' }),
    ),
  )

  assert.deepEqual(claims.map(({ status }) => status).toSorted(), [200, 409, 409])
  assert.deepEqual(new Set(claims.map(({ body }) => body.code)), new Set([undefined, 'username_taken']))
})

test('who changed their name is called by it from then on, in every process', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signInAndVisit()

  await one.client.call('patch', '/users/me', secret, { display_name: 'Countess' })

  for (const { client } of [one, other])
    assert.equal((await client.get('/auth/me', secret)).body.user.display_name, 'Countess')
})

for (const store of onBoth) {
  test(`who reads the list page by page meets everybody once, also those of one moment, on ${store.name}`, async () => {
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

  test(`a search finds by how an address or a username begins, letter for letter, on ${store.name}`, async () => {
    await using open = await store.open()
    const people = [
      { email: 'a.b@example.com', password: null, username: 'zoe' },
      { email: 'ab@example.com', password: null, username: 'a_b' },
      { email: 'a-b@example.com', password: null, username: 'axb' },
      { email: 'zz@example.com', password: null, username: 'a.c' },
    ] satisfies Person[]
    await using office = await openOffice(people, open.settings)
    const found = async (search: string) =>
      emails(await office.admin.get(`/users?sort=email&search=${encodeURIComponent(search)}`))

    assert.deepEqual(await found('a.'), ['a.b@example.com', 'zz@example.com'])
    assert.deepEqual(await found(' A_B'), ['ab@example.com'])
    assert.deepEqual(await found('zo'), ['a.b@example.com'])
    assert.deepEqual(await found('ab@example.com'), ['ab@example.com'])
    for (const nobody of ['%', '_', '*', 'b@', "' OR 1=1 --", '\\', 'ä', '😀'])
      assert.deepEqual(await found(nobody), [])
  })

  test(`what is no id names nobody, on ${store.name}`, async () => {
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
    const second = await signIn(portal, other)

    const [one, two] = await Promise.all([
      admin.call('patch', `/users/${theirs}`, { role: 'user' }),
      portal.client.call('patch', `/users/${mine}`, second, { is_active: false }),
    ])

    // The one that came too late was an administrator no more, or would have been the last to go.
    assert.ok([one.status, two.status].filter((status) => status === 200).length === 1, one.text + two.text)
    assert.equal(await portal.database.user.count({ where: { role: 'admin', isActive: true } }), 1)
  })
}

test('addresses are compared by their bytes, whatever the language of the database', async () => {
  await using open = await (onBoth[1] as (typeof stores)[0]).open()
  await using portal = await openPortal({ settings: open.settings })
  const columns = await portal.database.$queryRaw`
    SELECT column_name FROM information_schema.columns
    WHERE table_name = 'users' AND collation_name = 'C' ORDER BY 1`

  assert.deepEqual(columns, [{ column_name: 'email' }, { column_name: 'username' }])
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
  assert.deepEqual(await listed('search=&role=&status='), [ada.email, boss.email, gone.email])
})

test('the list can be turned over by numbers, too', async () => {
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

test('what the list cannot be asked is refused, and hidden columns say nothing', async () => {
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

test('an administrator makes an account, and its owner chooses the password', async () => {
  await using office = await openOffice()
  const { portal, admin } = office
  const eve = { email: 'eve@example.com', password: 'copper lantern orbit' }

  const made = await admin.call('post', '/users', {
    email: ' Eve@Example.com',
    display_name: 'Eve',
    username: 'eve',
    role: 'admin',
    password: 'chosen by the boss',
    email_verified: true,
    id: randomUUID(),
  })
  const path = await portal.linkMailedTo(eve.email)
  const token = new URL(path, portal.baseUrl).searchParams.get('token') ?? ''
  const page = await portal.visitor.visit(path)
  const early = await signIn(portal, { ...eve, password: 'chosen by the boss' })
  const without = await portal.client.post('/auth/verify-email', { token })
  const weak = await portal.client.post('/auth/verify-email', { token, password: 'password1' })
  const weakOnPage = await portal.visitor.submit('/verify-email', { token, password: 'password1' })
  const chosen = await portal.visitor.submit('/verify-email', { token, password: eve.password })
  const again = await portal.visitor.submit('/verify-email', { token, password: 'stranger than fiction' })

  assert.equal(made.status, 201)
  assert.deepEqual(Object.keys(made.body), publicUserFields)
  assert.deepEqual(made.body, {
    ...made.body,
    email: eve.email,
    email_verified: false,
    username: 'eve',
    display_name: 'Eve',
    role: 'admin',
    is_active: true,
  })
  assert.equal(made.headers.location, `/users/${made.body.id}`)
  assert.match(
    page.text,
    /An administrator made an account for [\s\S]*eve@example\.com[\s\S]*Choose a password/,
  )
  assert.equal(early, undefined)
  assert.deepEqual([without.status, without.body.errors[0].code], [422, 'required'])
  assert.deepEqual([weak.status, weak.body.errors[0].field], [422, 'password'])
  assert.equal(weakOnPage.status, 422)
  assert.match(weakOnPage.text, /Choose a password/)
  assert.deepEqual([chosen.status, again.status], [303, 410])
  const secret = await signIn(portal, eve)
  assert.equal((await portal.client.get('/users', secret)).status, 200)
}) // RST-16

test('whoever registers an address that was invited gets nothing by it', async () => {
  await using office = await openOffice()
  const { portal, admin } = office
  const eve = { email: 'eve@example.com', password: 'stranger than fiction' }
  await admin.call('post', '/users', { email: eve.email, role: 'admin' })
  await portal.database.user.updateMany({
    where: { email: eve.email },
    data: { registeredAt: new Date(Date.now() - 600_000) },
  })

  await portal.visitor.submit('/register', eve)
  const link = await portal.linkMailedTo(eve.email)
  const page = await portal.openVisitor().visit(link)

  assert.match(page.text, /<h1>Choose your password/)
  assert.equal((await portal.mails()).filter(({ subject }) => /^You have an account/.test(subject)).length, 2)
  assert.equal(await signIn(portal, eve), undefined)
})

test('an account that cannot be made leaves nothing behind', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const before = await portal.database.user.count()

  const email = await admin.call('post', '/users', { email: 'ADA@example.com' })
  const username = await admin.call('post', '/users', { email: 'new@example.com', username: 'ADA' })
  const wrong = await admin.call('post', '/users', { email: 'nobody', role: 'root', username: '-' })

  assert.deepEqual([email.status, email.body.code], [409, 'email_taken'])
  assert.deepEqual([username.status, username.body.code], [409, 'username_taken'])
  assert.equal(wrong.status, 422)
  assert.deepEqual(
    wrong.body.errors.map(({ field }: { field: string }) => field),
    ['email', 'username', 'role'],
  )
  assert.equal(await portal.database.user.count(), before)
  assert.deepEqual(await portal.mails(), [])
})

test('I may look myself up by my id; others do not exist for me', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const { client } = portal
  const secret = await signIn(portal, ada)
  const [mine, theirs] = [await idOf(portal, ada), await idOf(portal, grace)]

  assert.equal((await client.get(`/users/${mine}`, secret)).body.email, ada.email)
  const other = await client.get(`/users/${theirs}`, secret)
  const nobody = await client.get(`/users/${randomUUID()}`, secret)
  assert.deepEqual([other.status, other.body.code], [404, 'not_found'])
  assert.deepEqual({ ...other.body, request_id: '' }, { ...nobody.body, request_id: '' })
  for (const id of [mine, theirs]) {
    for (const method of ['patch', 'put', 'delete'] as const) {
      const answer = await client.call(method, `/users/${id}`, secret, { role: 'admin', is_active: true })
      assert.equal(answer.status, 403)
    }
  }
  assert.equal(await portal.database.user.count({ where: { role: 'user', isActive: true } }), 2)
}) // AUT-02

test('an administrator changes a name, a role and who may enter; each is written down', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)

  const named = await admin.call('patch', `/users/${id}`, {
    display_name: 'Countess',
    email: 'x@example.com',
  })
  const raised = await admin.call('patch', `/users/${id}`, { role: 'admin' })
  const same = await admin.call('patch', `/users/${id}`, { role: 'admin', display_name: 'Countess' })
  const put = await admin.call('put', `/users/${id}`, { role: 'user', is_active: false })
  const back = await admin.call('patch', `/users/${id}`, { is_active: true })
  const half = await admin.call('put', `/users/${id}`, { display_name: 'x' })

  assert.deepEqual(
    [named.body.display_name, named.body.email, named.body.username],
    ['Countess', ada.email, 'ada'],
  )
  assert.equal(raised.body.role, 'admin')
  assert.deepEqual(same.body, raised.body)
  assert.deepEqual(put.body, {
    ...put.body,
    role: 'user',
    is_active: false,
    display_name: null,
    username: null,
  })
  assert.equal(back.body.is_active, true)
  assert.equal(half.status, 422)
  const events = await portal.database.auditEvent.findMany({
    where: { subjectId: id, action: { startsWith: 'user.' } },
  })
  const actor = await idOf(portal, boss)
  assert.deepEqual(events.map(({ action }) => action).toSorted(), [
    'user.deactivated',
    'user.reactivated',
    'user.role_changed',
    'user.role_changed',
    'user.updated',
    'user.updated',
  ])
  for (const event of events) assert.equal(event.actorId, actor)
})

test('who is deactivated is out at once and for good: what was open then never opens again', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)
  const [one, two] = [await signIn(portal, ada), await signIn(portal, ada)]

  const deactivated = await admin.call('delete', `/users/${id}`)
  const again = await admin.call('delete', `/users/${id}`)

  assert.deepEqual([deactivated.status, deactivated.text, again.status], [204, '', 204])
  for (const secret of [one, two]) assert.equal(await visit(portal, secret), '401 session_ended')
  assert.equal(await signIn(portal, ada), undefined)
  await admin.call('patch', `/users/${id}`, { is_active: true })
  for (const secret of [one, two]) assert.equal(await visit(portal, secret), '401 session_ended')
  assert.equal(await visit(portal, await signIn(portal, ada)), 'welcome')
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.deactivated' } }), 1)
}) // SES-11

test('another role begins with another session', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const before = await signIn(portal, ada)

  await admin.call('patch', `/users/${await idOf(portal, ada)}`, { role: 'admin' })

  assert.equal(await visit(portal, before), '401 session_ended')
  assert.equal((await portal.client.get('/users', await signIn(portal, ada))).status, 200)
}) // SES-13

test('the last administrator stays', async () => {
  const idle = {
    ...ada,
    email: 'idle@example.com',
    username: 'idle',
    role: 'admin',
    isActive: false,
  } as const
  const unproved = { ...idle, email: 'una@example.com', username: 'una', isActive: true, isVerified: false }
  await using office = await openOffice([idle, unproved])
  const { portal, admin } = office
  const id = await idOf(portal, boss)
  const steps = [
    () => admin.call('patch', `/users/${id}`, { role: 'user' }),
    () => admin.call('patch', `/users/${id}`, { is_active: false }),
    () => admin.call('put', `/users/${id}`, { role: 'user', is_active: true }),
    () => admin.call('delete', `/users/${id}`),
  ]

  for (const step of steps) {
    const answer = await step()
    assert.deepEqual([answer.status, answer.body.code], [409, 'last_admin'])
  }
  assert.equal((await admin.get('/users')).status, 200)
  assert.equal(
    await portal.database.auditEvent.count({ where: { subjectId: id, action: { startsWith: 'user.' } } }),
    0,
  )
  await admin.call('patch', `/users/${await idOf(portal, idle)}`, { is_active: true })
  assert.equal((await admin.call('delete', `/users/${id}`)).status, 204)
}) // AUT-07

test('of two administrators who demote each other in two processes the second is refused', async () => {
  await using workers = await openWorkers()
  const { one, other, urls } = workers
  await one.addPerson(boss)
  await one.database.user.updateMany({ data: { role: 'admin' } })
  const [first, second] = [await signIn(one, boss), await signIn(other, ada)]
  const [bossId, adaId] = [await idOf(one, boss), await idOf(one, ada)]
  const watcher = new pg.Client({ connectionString: urls.DATABASE_URL })
  await watcher.connect()
  const waits = async () => (await watcher.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rowCount !== 0

  const almostDone = one.sqlLine.holdFrom(/COMMIT/)
  const demotion = one.client.call('patch', `/users/${adaId}`, first, { role: 'user' })
  await almostDone
  let isOver = false
  const counter = other.client
    .call('patch', `/users/${bossId}`, second, { role: 'user' })
    .finally(() => (isOver = true))
  while (!isOver && !(await waits())) await new Promise(setImmediate)
  one.sqlLine.release()

  assert.equal((await demotion).status, 200)
  assert.equal((await counter).body.code, 'last_admin')
  await watcher.end()
}) // AUT-07

for (const cut of ['nowhere', 'where it happens', 'elsewhere'] as const) {
  test(`who lost a role or the account has lost it for the next request anywhere, Redis being cut ${cut}`, async () => {
    await using workers = await openWorkers({ settings: { SESSION_LEASE: '1s' } })
    const { one, other } = workers
    await one.addPerson(boss)
    await one.addPerson({ ...grace, role: 'admin' })
    const admin = await signIn(one, boss)
    for (const [body, person] of [
      [{ role: 'user' }, grace],
      [{ is_active: false }, ada],
    ] as const) {
      const secret = await signIn(other, person)
      for (const worker of [one, other]) assert.equal(await visit(worker, secret), 'welcome')
      if (cut !== 'nowhere') (cut === 'elsewhere' ? other : one).redisLine.refuse()

      const changed = await one.client.call('patch', `/users/${await idOf(one, person)}`, admin, body)

      assert.equal(changed.status, 200)
      assert.equal((await other.client.get('/users', secret)).body.code, 'session_ended')
      assert.equal(await visit(one, secret), '401 session_ended')
    }
  })
} // K8, AUT-05

test('no answer about a user holds what must stay hidden', async () => {
  await using office = await openOffice([ada])
  const { portal, admin } = office
  const id = await idOf(portal, ada)
  const answers = [
    await admin.get('/users'),
    await admin.get('/users/me'),
    await admin.get(`/users/${id}`),
    await admin.call('post', '/users', { email: 'new@example.com' }),
    await admin.call('patch', `/users/${id}`, { display_name: 'x' }),
    await admin.call('put', `/users/${id}`, { role: 'user', is_active: true }),
    await admin.call('patch', '/users/me', { display_name: 'x' }),
  ]

  for (const { text, status, headers } of answers) {
    assert.ok(status < 300, text)
    assert.doesNotMatch(text, /hash|argon|epoch|token|wanted|s_[\w-]{64}/i)
    assert.equal(headers['cache-control'], 'no-store')
  }
}) // AUT-04

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
