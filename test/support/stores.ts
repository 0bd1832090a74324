import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { openOwnPostgres, openPostgres, type Postgres, SHARED } from './postgres.ts'
import { openRedis, type RedisServer } from './redis.ts'

export type Store = { name: string; open(): Promise<OpenStore> }
/** `settings` for as many portals as a test wants to share it. */
export type OpenStore = AsyncDisposable & {
  settings: { DATABASE_URL: string; REDIS_URL?: string }
  redis: RedisServer | null
  close(): Promise<void>
}

/** What sessions can live in: a guarantee of the store is tested on each. Every `open()` is empty and up to date. */
export const stores: Store[] = [
  { name: 'SQLite alone', open: () => openStore(openSqliteFile, null) },
  { name: 'SQLite and Redis', open: () => openStore(openSqliteFile, openRedis) },
  { name: 'PostgreSQL and Redis', open: () => openStore(openPostgresDatabase, openRedis) },
]

type SqlDatabase = { url: string; drop(): Promise<unknown> }
const templates = new WeakMap<Postgres, string | Promise<string>>()

async function openStore(
  openSql: () => Promise<SqlDatabase>,
  openCopies: (() => Promise<RedisServer>) | null,
): Promise<OpenStore> {
  const [sql, redis] = await Promise.all([openSql(), openCopies?.() ?? null])
  const close = async () => {
    await Promise.all([sql.drop(), redis?.close()])
  }
  return {
    settings: { DATABASE_URL: sql.url, ...(redis && { REDIS_URL: redis.url }) },
    redis,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function openSqliteFile(): Promise<SqlDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-store-'))
  return {
    url: `file:${join(folder, 'gatehouse.db')}`,
    drop: () => rm(folder, { recursive: true, force: true }),
  }
}

async function openPostgresDatabase(): Promise<SqlDatabase> {
  const postgres = await openPostgres({ fsync: false })
  const template = postgres.template ?? templates.get(postgres) ?? prepareTemplate(postgres)
  templates.set(postgres, template)
  return postgres.createDatabase({ template: await template })
}

/** Migrated once, then copied. */
async function prepareTemplate(postgres: Pick<Postgres, 'createDatabase'>): Promise<string> {
  const { name, url } = await postgres.createDatabase()
  await applyMigrations(url)
  return name
}

/** One PostgreSQL, with one migrated database to copy, for every process that is started in `env`. */
export async function sharePostgres() {
  const postgres = await openOwnPostgres({ fsync: false })
  const env = { [SHARED.url]: postgres.url, [SHARED.template]: await prepareTemplate(postgres) }
  return { env, close: postgres.close }
}
