import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import pg from 'pg'
import { diffSchemas } from '../../prisma/schema-engine.ts'
import { DIALECTS, type Dialect, readSchema } from '../../prisma/schemas.ts'
import { openDatabase } from '../../src/platform/database.ts'
import { applyMigrations, POSTGRES_LOCK_ID, readMigrations } from '../../src/platform/migrations.ts'
import { openPostgres, WAITING } from '../support/postgres.ts'

const migrator = new URL('../support/migrate-and-say.ts', import.meta.url).pathname

for (const dialect of DIALECTS) {
  test(`the migrations make exactly the schema that the code knows, on ${dialect}`, async () => {
    await using migrated = await openEmptyDatabase(dialect)
    await using known = await openEmptyDatabase(dialect)
    await applyMigrations(migrated.url)
    await runScript(known.url, await writeSchema(dialect))

    assert.ok((await describe(known.url)).length > 50)
    assert.deepEqual(await describe(migrated.url), await describe(known.url))
  })

  test(`a second start finds nothing to do, on ${dialect}`, async () => {
    await using database = await openEmptyDatabase(dialect)

    assert.deepEqual(
      await applyMigrations(database.url),
      readMigrations(dialect).map(({ name }) => name),
    )
    assert.deepEqual(await applyMigrations(database.url), [])
  })

  test(`when processes start at once, one brings the database up to date and the others wait for it, on ${dialect}`, async () => {
    await using database = await openEmptyDatabase(dialect)

    const said = await Promise.all(Array.from({ length: 4 }, () => migrateInProcess(database.url)))

    const names = readMigrations(dialect).map(({ name }) => name)
    assert.deepEqual(said.flat().sort(), names, 'each migration was applied once')
    assert.equal(await countUsers(database.url), 0)
  })

  test(`a start that is killed midway leaves a database that the next start completes, on ${dialect}`, async () => {
    await using database = await openEmptyDatabase(dialect)
    for (const afterMs of [0, 40, 80, 120, 160, 200, 240]) {
      const child = spawn(process.execPath, [migrator, database.url], { stdio: 'ignore' })
      setTimeout(() => child.kill('SIGKILL'), 60 + afterMs)
      await once(child, 'exit')
    }

    await applyMigrations(database.url)

    assert.equal(await countUsers(database.url), 0)
    assert.deepEqual(await applyMigrations(database.url), [])
  })
}

test('a process that starts while another one brings PostgreSQL up to date waits until that is done', async () => {
  await using database = await openEmptyDatabase('postgresql')
  const other = new pg.Client({ connectionString: database.url })
  await other.connect()
  await other.query(`BEGIN; SELECT pg_advisory_xact_lock(${POSTGRES_LOCK_ID})`)

  const starting = applyMigrations(database.url)
  const isWaiting = async () => (await other.query(WAITING)).rowCount === 1
  while (!(await isWaiting())) assert.equal(await Promise.race([starting, 'not yet']), 'not yet')
  await other.query('COMMIT')
  await other.end()

  assert.deepEqual(
    await starting,
    readMigrations('postgresql').map(({ name }) => name),
  )
})

async function openEmptyDatabase(dialect: Dialect) {
  if (dialect === 'postgresql') {
    const database = await (await openPostgres({ fsync: false })).createDatabase()
    return { url: database.url, [Symbol.asyncDispose]: database.drop }
  }
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  return { url: `file:${join(folder, 'gatehouse.db')}`, [Symbol.asyncDispose]: remove }
}

/** The SQL that makes the schema from nothing, by Prisma's own engine. */
function writeSchema(dialect: Dialect): Promise<string> {
  const adapter = new PrismaLibSql({ url: ':memory:' })
  return diffSchemas({
    dialect,
    adapter,
    from: { tag: 'empty' },
    to: { tag: 'schema', text: readSchema(dialect) },
  })
}

async function runScript(url: string, sql: string): Promise<void> {
  if (url.startsWith('file:')) return createClient({ url }).executeMultiple(sql)
  await query(url, sql)
}

/** Every table, column, index and constraint, in words. */
async function describe(url: string): Promise<string[]> {
  if (url.startsWith('file:')) {
    const tables = await createClient({ url }).execute(
      "SELECT name FROM sqlite_master WHERE name NOT LIKE '_prisma%' AND sql IS NOT NULL",
    )
    const parts = tables.rows.map(({ name }) =>
      createClient({ url }).execute(
        `SELECT * FROM pragma_table_xinfo('${name}') UNION ALL SELECT seqno, cid, name, '', '', '', '' FROM pragma_index_xinfo('${name}')
         UNION ALL SELECT '', name, "unique", origin, partial, '', '' FROM pragma_index_list('${name}')`,
      ),
    )
    const described = (await Promise.all(parts)).flatMap(({ rows }, index) =>
      rows.map((row) => `${tables.rows[index]?.name}: ${JSON.stringify(row)}`),
    )
    return described.sort()
  }
  return query(
    url,
    `SELECT table_name || ': ' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') || coalesce(datetime_precision::text, '')
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_prisma%'
     UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_prisma%'
     UNION ALL SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '\\_prisma%'
     ORDER BY 1`,
  )
}

async function query(url: string, sql: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query({ text: sql, rowMode: 'array' }).finally(() => client.end())
  return rows?.map(([value]) => String(value)) ?? []
}

async function migrateInProcess(url: string): Promise<string[]> {
  const child = spawn(process.execPath, [migrator, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  await once(child, 'close')
  return JSON.parse(said)
}

async function countUsers(url: string): Promise<number> {
  const { database, close } = await openDatabase({ url })
  try {
    return await database.user.count()
  } finally {
    await close()
  }
}
