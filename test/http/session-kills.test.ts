import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openCutOff } from '../support/cut-off.ts'
import { ada, type Person } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { openProcess, openProcessFolder } from '../support/portal-to-kill.ts'
import { type Store, stores } from '../support/stores.ts'
import type { createClient } from '../support/visitor.ts'
import { visit } from '../support/workers.ts'

const [sqlite, , postgres] = stores as [Store, Store, Store]

for (const store of stores) {
  test(`an answer stays true even if the process is killed the moment after (${store.name})`, async () => {
    await using opened = await store.open()
    await using witness = await openPortal({ people: [ada], settings: opened.settings })
    await using first = await openProcess(opened.settings)
    const [stays, leaves] = [await first.signIn(), await first.signIn()]
    assert.equal(await visit(first, leaves), 'welcome')
    await first.kill()
    assert.equal(await visit(witness, stays), 'welcome')

    await using second = await openProcess(opened.settings)
    assert.equal((await second.client.post('/auth/logout', undefined, leaves)).status, 204)
    await second.kill()
    assert.equal(await visit(witness, leaves), '401 session_ended')
    assert.equal(await visit(witness, stays), 'welcome')

    await using third = await openProcess(opened.settings)
    assert.equal((await third.client.post('/auth/logout-all', undefined, stays)).status, 204)
    await third.kill()
    assert.equal(await visit(witness, stays), '401 session_ended')
  }) // C1
}

test('a sign-out that never reached the database is finished by the process that replaces a killed one', async () => {
  await using opened = await postgres.open()
  await using witness = await openPortal({ people: [ada], settings: opened.settings })
  await using folder = await openProcessFolder()
  const sqlLine = await openCutOff({ port: Number(new URL(opened.settings.DATABASE_URL).port) })
  const settings = { ...opened.settings, DATA_DIR: folder.path }
  await using first = await openProcess({ ...settings, DATABASE_URL: sqlLine.through(settings.DATABASE_URL) })
  const secret = await first.signIn()
  assert.equal(await visit(first, secret), 'welcome')
  sqlLine.refuse()
  assert.equal((await first.client.post('/auth/logout', undefined, secret)).status, 503)
  await first.kill()
  assert.equal(await visit(witness, secret), '401 session_ended')
  assert.equal(await witness.database.session.count({ where: { revokedAt: null } }), 1)

  await using _successor = await openProcess(settings)
  while ((await witness.database.session.count({ where: { revokedAt: null } })) > 0) await pause(20)
  await opened.redis?.command('FLUSHALL')
  assert.equal(await visit(witness, secret), '401 session_ended')
  assert.equal(await witness.database.auditEvent.count({ where: { action: 'session.ended' } }), 1)
  await sqlLine.close()
}) // S3

test('two processes that write to one database file at once both get it done', async () => {
  await using opened = await sqlite.open()
  const people: Person[] = Array.from({ length: 8 }, (_, index) => ({
    ...ada,
    email: `${index}@example.com`,
  }))
  await using one = await openPortal({ settings: { ...opened.settings, TRUST_PROXY: 'loopback' } })
  for (const { username, ...person } of people as (Person & { username: string })[])
    await one.addPerson(person)
  await using other = await openProcess({ ...opened.settings, TRUST_PROXY: 'loopback' })
  const member = (await signInAt(one, people[0] as Person, '10.9.0.1')) ?? ''

  const signIns = people.map((person, index) => signInAt(index % 2 ? one : other, person, `10.0.0.${index}`))
  const visits = Array.from({ length: 16 }, (_, index) => visit(index % 2 ? one : other, member))
  for (const secret of await Promise.all(signIns)) assert.match(secret ?? '', /^s_/)
  for (const welcome of await Promise.all(visits)) assert.equal(welcome, 'welcome')
}) // S5

type Served = { client: ReturnType<typeof createClient> }

async function signInAt(
  { client }: Served,
  { email, password }: Person,
  from: string,
): Promise<string | null> {
  const request = client.portal.post('/auth/login').type('json').send({ login: email, password })
  const answer = await client.send(request, { 'x-forwarded-for': from })
  return answer.body.session?.id ?? null
}
