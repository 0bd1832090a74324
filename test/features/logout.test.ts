import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { request } from '../support/raw-request.ts'
import { stores } from '../support/stores.ts'

const credentials = { login: ada.email, password: ada.password }

for (const store of stores) {
  test(`signing out works on the server, at once and in every process (${store.name})`, async () => {
    await using opened = await store.open()
    await using one = await openPortal({ people: [ada], settings: opened.settings })
    await using other = await openPortal({ settings: opened.settings })
    const { visitor } = one
    await visitor.submit('/login', credentials)
    const secret = String(visitor.sessionSecret())
    const { value } = visitor.cookie('session') ?? { value: '' }
    for (const portal of [one, other]) assert.equal((await portal.client.get('/auth/me', secret)).status, 200)

    const answer = await visitor.submit('/logout')

    assert.equal(answer.status, 303)
    assert.equal(answer.headers.location, '/login')
    assert.equal(visitor.sessionSecret(), null)
    assert.match((await visitor.visit('/login')).text, /You’re signed out/)
    for (const portal of [one, other]) {
      assert.equal((await portal.client.get('/auth/me', secret)).body.code, 'session_ended')
      const headers = { ...portal.host, cookie: `session=${value}` }
      const page = await request({ port: portal.port, path: '/account', headers })
      assert.equal(page.status, 303)
      const cookies = String(page.headers['set-cookie'])
      assert.match(cookies, /session=; Path=\/; Expires=Thu, 01 Jan 1970/)
      assert.equal(cookies.includes(value.slice(0, 60)), false)
    }
  }) // SES-03, SES-15
}

test('looking at the sign-out page, however it is asked for, signs nobody out', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', credentials)

  const page = await visitor.visit('/logout')
  assert.equal(page.status, 200)
  assert.match(page.text, /<form method="post" action="\/logout">/)
  await visitor.request('head', '/logout')
  await visitor.visit('/logout?_method=POST', { 'x-http-method-override': 'POST' })
  await visitor.visit('/auth/logout')
  await visitor.visit('/auth/logout-all')

  assert.equal((await visitor.visit('/account')).status, 200)
}) // SES-04

test('another site cannot sign anybody out', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', credentials)
  const fromElsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }

  for (const path of ['/logout', '/auth/logout', '/auth/logout-all'])
    assert.equal((await visitor.submit(path, {}, fromElsewhere)).status, 403)

  assert.equal((await visitor.visit('/account')).status, 200)
}) // SES-04

test('signing out leaves nothing in the browser', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', credentials)
  const answer = await visitor.submit('/logout')
  assert.equal(answer.headers['clear-site-data'], '"cache", "storage"')
  assert.match(
    String(answer.headers['set-cookie']),
    /session=; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax/,
  )
}) // SES-05

test('signing out twice, or without being signed in, leads to a working page', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', credentials)
  await visitor.submit('/logout')
  assert.equal((await visitor.submit('/logout')).headers.location, '/login')
  assert.equal((await visitor.visit('/logout')).headers.location, '/login')
})

test('an API client ends the session it names, and only that one', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { client, visitor } = portal
  await visitor.submit('/login', credentials)
  const { id } = (await client.post('/auth/login', credentials)).body.session

  const answer = await client.post('/auth/logout', undefined, id)
  assert.equal(answer.status, 204)
  assert.equal(answer.headers['set-cookie'], undefined)
  assert.equal((await client.get('/auth/me', id)).body.code, 'session_ended')
  assert.equal((await client.post('/auth/logout', undefined, id)).status, 401)
  assert.equal((await client.post('/auth/logout')).body.code, 'authentication_required')
  assert.equal((await visitor.visit('/account')).status, 200)
})

test('every end is written down once, with who and from where', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { client, database } = portal
  const { id, session_id } = (await client.post('/auth/login', credentials)).body.session
  await client.post('/auth/logout', undefined, id)
  const again = { reason: 'signed-out', origin: { ip: '::1', userAgent: '', requestId: 'late' } } as const
  assert.equal(await portal.services.sessions.end(id, again), 'ended')

  const ends = await database.auditEvent.findMany({ where: { action: 'session.ended' } })
  assert.equal(ends.length, 1)
  const [end] = ends
  assert.deepEqual(JSON.parse(String(end?.details)), { session: session_id, reason: 'signed-out' })
  assert.equal(end?.actorId, end?.subjectId)
  assert.match(String(end?.ip), /127\.0\.0\.1|::1/)
})
