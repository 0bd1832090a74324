import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createClient } from '@libsql/client'
import { type Database, openDatabase } from '../../src/platform/database.ts'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { type Store, stores } from '../support/stores.ts'

const sqlite = stores[0] as Store

test('a write waits for a file that another process has locked, while others read', async () => {
  await using sql = await open()
  const lock = await sql.lock()

  const written = sql.transact(write)
  const alone = write(sql.database)
  assert.equal(await sql.database.user.count(), 0)
  await lock.commit()

  await Promise.all([written, alone])
  assert.equal(await sql.database.user.count(), 2)
}) // S5

test('a file that stays locked is an outage, and nothing of it remains when it is free again', async () => {
  await using sql = await open()
  const lock = await sql.lock()
  await lock.execute({
    sql: 'INSERT INTO users (id, email, registered_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?)',
    args: ['1', 'eve@example.com', '2026-01-01', '2026-01-01', '2026-01-01'],
  })

  const works = await Promise.allSettled([sql.transact(write), sql.transact(write), write(sql.database)])
  await lock.commit()

  for (const work of works)
    assert.equal(work.status === 'rejected' && work.reason.code, 'temporarily_unavailable')
  assert.equal(await sql.database.user.count(), 1)
  await sql.transact(write)
  await write(sql.database)
  assert.equal(await sql.database.user.count(), 3)
})

test('twenty writers on each of two connections to one file all get their turn', async () => {
  await using sql = await open()
  const other = await openDatabase({ url: sql.url })
  const twice = async (database: Database) => {
    await write(database)
    await write(database)
  }

  await Promise.all(
    Array.from({ length: 20 }, () => [
      sql.transact(twice),
      other.transact(twice),
      write(other.database),
    ]).flat(),
  )

  assert.equal(await sql.database.user.count(), 100)
  await other.close()
}) // S5

test('while a sign-in waits for a locked file, pages and checks are answered, and then it goes through', async () => {
  await using portal = await openPortal({ people: [ada] })
  const credentials = { login: ada.email, password: ada.password }
  const { body } = await portal.client.post('/auth/login', credentials)
  const client = createClient({ url: portal.config.databaseUrl })
  const lock = await client.transaction('write')

  const signedIn = portal.client.post('/auth/login', credentials)
  const during = [
    await portal.visitor.visit('/login'),
    await portal.visitor.visit('/css/app.css'),
    await portal.client.get('/auth/me', body.session.id),
    await portal.client.get('/health/ready'),
  ]
  await lock.commit()
  client.close()

  assert.deepEqual(
    during.map(({ status }) => status),
    [200, 200, 200, 200],
  )
  assert.equal((await signedIn).status, 200)
}) // S5

function write(database: Database) {
  const now = new Date()
  const data = { id: randomUUID(), email: `${randomUUID()}@example.com`, registeredAt: now, createdAt: now }
  return database.user.create({ data, select: { id: true } })
}

async function open() {
  const store = await sqlite.open()
  const url = store.settings.DATABASE_URL
  await applyMigrations(url)
  const sql = await openDatabase({ url })
  const other = createClient({ url })
  return {
    ...sql,
    url,
    /** As another process would hold it. */
    lock: () => other.transaction('write'),
    async [Symbol.asyncDispose]() {
      other.close()
      await sql.close()
      await store.close()
    },
  }
}
