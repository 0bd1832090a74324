import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { openOwnPostgres, openPostgres } from './postgres.ts'

after(async () => (await openPostgres()).close())

test('every database starts empty and goes away when it is dropped, used or not', async () => {
  const postgres = await openPostgres()
  const first = await postgres.createDatabase()
  await query(first.url, 'CREATE TABLE people (name text)')
  const copy = await postgres.createDatabase({ template: first.name })
  await query(copy.url, 'SELECT name FROM people')
  const second = await postgres.createDatabase()
  await assert.rejects(query(second.url, 'SELECT name FROM people'), /does not exist/)

  await first.drop()
  await assert.rejects(query(first.url, 'SELECT 1'), /does not exist/)
})

test('one process shares one cluster', async () => {
  const [one, other] = await Promise.all([openPostgres(), openPostgres()])
  assert.equal(one, other)
})

test('what was committed is there again after a sudden stop', async () => {
  const postgres = await openOwnPostgres()
  try {
    const database = await postgres.createDatabase()
    await query(database.url, 'CREATE TABLE people (name text)')
    await postgres.stop()
    await assert.rejects(query(database.url, 'SELECT 1'), /ECONNREFUSED/)
    await postgres.start()
    await query(database.url, 'SELECT name FROM people')
  } finally {
    await postgres.close()
  }
})

test('a frozen PostgreSQL is silent to old and new connections and answers when it thaws', async () => {
  const postgres = await openOwnPostgres()
  const { url } = await postgres.createDatabase()
  const old = new Client({ connectionString: url })
  try {
    await old.connect()
    await postgres.freeze()
    const answers = Promise.all([old.query('SELECT 1'), query(url, 'SELECT 1')])
    const first = await Promise.race([
      Promise.any([old.query('SELECT 1'), answers]),
      new Promise((resolve) => setTimeout(resolve, 300, 'silence')),
    ])
    assert.equal(first, 'silence')
    postgres.thaw()
    await answers
  } finally {
    await old.end()
    await postgres.close()
  }
})

async function query(connectionString: string, text: string) {
  const client = new Client({ connectionString })
  await client.connect()
  await client.query(text).finally(() => client.end())
}
