import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openCutOff } from '../support/cut-off.ts'
import { findFreePort } from '../support/free-port.ts'
import { ada, type Person } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { type Store, stores } from '../support/stores.ts'
import { createClient } from '../support/visitor.ts'
import { visit } from '../support/workers.ts'

const serverFile = fileURLToPath(new URL('../../src/server.ts', import.meta.url))
const SECRET_KEY = 'a-key-that-is-used-by-tests-only-and-never-anywhere-else'
const [sqlite, , postgres] = stores as [Store, Store, Store]
type Settings = Record<string, string>

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
  await using folder = await openFolder()
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

/** A portal that can be killed. */
async function openProcess(settings: Settings) {
  const port = await findFreePort()
  const baseUrl = `http://localhost:${port}`
  const folder = await openFolder()
  const child = spawn(process.execPath, [serverFile], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      PORT: String(port),
      DATA_DIR: folder.path,
      SECRET_KEY,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = once(child.stderr, 'data')
  const client = createClient(baseUrl)
  await said

  async function kill() {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await folder[Symbol.asyncDispose]()
  }

  return {
    client,
    signIn: async (): Promise<string> =>
      (await client.post('/auth/login', { login: ada.email, password: ada.password })).body.session.id,
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-process-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
