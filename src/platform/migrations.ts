import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ClientBase } from 'pg'
import { isSqlite } from './database.ts'

type Migration = { name: string; sql: string; checksum: string }
/** Inside one transaction that excludes everybody else. */
type Connection = { run(sql: string): Promise<void>; firstColumn(sql: string): Promise<string[]> }

const CONNECT_TIMEOUT_MS = 5_000
const LOCK_WAIT_MS = 60_000
export const POSTGRES_LOCK_ID = 7_246_738
const folder = new URL('../../prisma/migrations/', import.meta.url)

/** The table that Prisma uses too, so that `prisma migrate deploy` remains usable. */
const createLedger = (
  timestamp: 'DATETIME' | 'TIMESTAMPTZ',
) => `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at ${timestamp},
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at ${timestamp},
  started_at ${timestamp} NOT NULL DEFAULT CURRENT_TIMESTAMP, applied_steps_count INTEGER NOT NULL DEFAULT 0)`
const APPLIED =
  'SELECT migration_name FROM _prisma_migrations WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL'

/**
 * Brings the database to the newest schema and answers with the names of the migrations applied. All happens in one
 * transaction, which is the lock too: of two processes starting at once one waits, and a kill midway leaves nothing behind.
 */
export function applyMigrations(url: string): Promise<string[]> {
  return isSqlite(url) ? applyToSqlite(url) : applyToPostgres(url)
}

export function readMigrations(dialect: 'sqlite' | 'postgresql'): Migration[] {
  const root = new URL(`${dialect}/`, folder)
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, sql: readFileSync(new URL(`${name}/migration.sql`, root), 'utf8') }))
    .map(({ name, sql }) => ({ name, sql, checksum: createHash('sha256').update(sql).digest('hex') }))
    .sort((one, other) => one.name.localeCompare(other.name))
}

async function applyToSqlite(url: string): Promise<string[]> {
  mkdirSync(dirname(toFile(url)), { recursive: true, mode: 0o700 })
  const { createClient } = await import('@libsql/client/sqlite3')
  const client = createClient({ url, timeout: LOCK_WAIT_MS })
  try {
    await client.execute('PRAGMA journal_mode = WAL')
    const transaction = await client.transaction('write')
    await transaction.executeMultiple(createLedger('DATETIME'))
    const applied = await applyPending(readMigrations('sqlite'), {
      run: (sql) => transaction.executeMultiple(sql),
      firstColumn: async (sql) => (await transaction.execute(sql)).rows.map((row) => String(row[0])),
    })
    await transaction.commit()
    return applied
  } finally {
    client.close()
  }
}

async function applyToPostgres(url: string): Promise<string[]> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  await client.connect()
  try {
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${POSTGRES_LOCK_ID})`)
    await client.query(createLedger('TIMESTAMPTZ'))
    const applied = await applyPending(readMigrations('postgresql'), toConnection(client))
    await client.query('COMMIT')
    return applied
  } finally {
    await client.end()
  }
}

/** The tables as they were when these migrations were all there were. In the transaction of the caller, who holds the lock. */
export async function makeAnew(client: ClientBase, names: string[]): Promise<void> {
  await client.query(createLedger('TIMESTAMPTZ'))
  const migrations = readMigrations('postgresql').filter(({ name }) => names.includes(name))
  await applyPending(migrations, toConnection(client))
}

function toConnection(client: ClientBase): Connection {
  return {
    run: async (sql) => void (await client.query(sql)),
    firstColumn: async (sql) =>
      (await client.query({ text: sql, rowMode: 'array' })).rows.map(([name]) => name),
  }
}

/** The names of all that this version knows. */
export function listMigrations(url: string): string[] {
  return readMigrations(isSqlite(url) ? 'sqlite' : 'postgresql').map(({ name }) => name)
}

/** The names of those that the next start will apply. Changes nothing. */
export async function listPending(url: string): Promise<string[]> {
  const applied = await (isSqlite(url) ? listAppliedToSqlite(url) : listAppliedToPostgres(url))
  return listMigrations(url).filter((name) => !applied.includes(name))
}

async function listAppliedToSqlite(url: string): Promise<string[]> {
  if (!existsSync(toFile(url))) return []
  const { createClient } = await import('@libsql/client/sqlite3')
  const client = createClient({ url, timeout: LOCK_WAIT_MS })
  try {
    const ledger = await client.execute("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'")
    if (ledger.rows.length === 0) return []
    return (await client.execute(APPLIED)).rows.map((row) => String(row[0]))
  } finally {
    client.close()
  }
}

async function listAppliedToPostgres(url: string): Promise<string[]> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  await client.connect()
  try {
    const { rows } = await client.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS is_there")
    return rows[0].is_there ? await toConnection(client).firstColumn(APPLIED) : []
  } finally {
    await client.end()
  }
}

/** Where SQLite keeps a database: what the driver makes of its address. */
export function toFile(url: string): string {
  return decodeURIComponent(url.slice('file:'.length).replace(/\?.*$/, ''))
}

async function applyPending(migrations: Migration[], connection: Connection): Promise<string[]> {
  const applied = await connection.firstColumn(APPLIED)
  const pending = migrations.filter(({ name }) => !applied.includes(name))
  for (const { name, sql, checksum } of pending) {
    await connection.run(sql)
    await connection.run(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
       VALUES ('${randomUUID()}', '${checksum}', CURRENT_TIMESTAMP, '${name}', 1)`,
    )
  }
  return pending.map(({ name }) => name)
}
