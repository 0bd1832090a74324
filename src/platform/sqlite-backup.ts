import { existsSync } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Client, createClient } from '@libsql/client/sqlite3'
import {
  type BackupFacts,
  COUNT_KEYS_BY_SECRET,
  type Loading,
  listWhatIsOver,
  type OnStep,
  type Standing,
} from './backup-facts.ts'
import { toFile } from './migrations.ts'
import { putInPlace, writeWhole } from './whole-file.ts'

type Way = { path: string; onStep: OnStep }

const WAITS_MS = 60_000
/** SQLite's own, at the start of each of its files. */
const MAGIC = 'SQLite format 3\0'

export async function save(url: string, { path, onStep }: Way): Promise<void> {
  onStep(0, 2)
  await writeWhole(path, (draft) => copy(url, draft))
  onStep(2, 2)
}

export async function inspect(path: string): Promise<BackupFacts | null> {
  if (!(await isSqliteFile(path))) return null
  return withClient(toUrl(path), async (client) => {
    if (!(await isWhole(client, path))) return null
    const [migrations, keys, users, epochs] = await client.batch([
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
      COUNT_KEYS_BY_SECRET,
      'SELECT COUNT(*) FROM users',
      'SELECT session_epoch FROM system',
    ])
    return {
      madeAt: new Date(String(epochs?.rows[0]?.[0] ?? 0)),
      migrations: migrations?.rows.map((row) => String(row[0])) ?? [],
      keysBySecret: Object.fromEntries(keys?.rows.map((row) => [String(row[0]), Number(row[1])]) ?? []),
      users: Number(users?.rows[0]?.[0]),
    }
  }).catch(() => null)
}

export async function hasPortal(url: string): Promise<boolean> {
  return existsSync(toFile(url)) && (await withClient(url, readUsers)) !== null
}

/** Only the last connection can end the journal. The driver closes none before its next garbage collection: this must be our first. */
export async function look(url: string): Promise<Standing> {
  if (!existsSync(toFile(url))) return { users: 0, isInUse: false }
  return withClient(url, async (client) => {
    await client.execute('PRAGMA busy_timeout = 0')
    const users = (await readUsers(client)) ?? 0
    const isLast = await client.execute('PRAGMA journal_mode = DELETE').then(
      ({ rows }) => rows[0]?.[0] === 'delete',
      (error) => {
        if (error.code === 'SQLITE_BUSY') return false
        throw error
      },
    )
    return { users, isInUse: !isLast }
  })
}

async function readUsers(client: Client): Promise<number | null> {
  const tables = await client.execute("SELECT 1 FROM sqlite_master WHERE name = 'users'")
  if (tables.rows.length === 0) return null
  return Number((await client.execute('SELECT COUNT(*) FROM users')).rows[0]?.[0])
}

/** Whoever has opened the database since `look` has given it a journal again. */
export async function load(url: string, { path, onStep }: Way): Promise<Loading> {
  const target = toFile(url)
  const draft = `${target}.restoring`
  onStep(0, 2)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await rm(draft, { force: true })
  try {
    await copy(toUrl(path), draft)
    onStep(1, 2)
    if (existsSync(`${target}-wal`)) return 'in-use'
    await putInPlace(draft, target)
  } finally {
    await rm(draft, { force: true })
  }
  onStep(2, 2)
  return 'loaded'
}

/** A consistent copy, readable by its owner alone, while others go on writing. It has no journal beside it. */
async function copy(url: string, draft: string): Promise<void> {
  await (await open(draft, 'wx', 0o600)).close()
  await withClient(url, (client) => client.execute({ sql: 'VACUUM INTO ?', args: [draft] }))
  await withClient(toUrl(draft), async (client) => {
    const now = new Date().toISOString().replace('Z', '+00:00')
    await client.batch(listWhatIsOver(now), 'write')
    await client.execute('PRAGMA journal_mode = DELETE')
  })
  const file = await open(draft, 'r+')
  await file.sync()
  await file.close()
}

/** SQLite itself reads on where a file is cut off. */
async function isWhole(client: Client, path: string): Promise<boolean> {
  const { rows } = await client.execute(
    'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size',
  )
  if (Number(rows[0]?.[0]) !== (await stat(path)).size) return false
  return (await client.execute('PRAGMA quick_check')).rows[0]?.[0] === 'ok'
}

async function isSqliteFile(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0).finally(() => file.close())
  return buffer.toString('latin1') === MAGIC
}

const toUrl = (path: string) => pathToFileURL(path).href

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient({ url, timeout: WAITS_MS })
  try {
    return await work(client)
  } finally {
    client.close()
  }
}
