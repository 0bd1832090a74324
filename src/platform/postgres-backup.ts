import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import {
  type BackupFacts,
  COUNT_KEYS_BY_SECRET,
  type Loading,
  listWhatIsOver,
  type OnStep,
  type Standing,
} from './backup-facts.ts'
import { makeAnew, POSTGRES_LOCK_ID, readMigrations } from './migrations.ts'
import { writeWhole } from './whole-file.ts'

type Way = { path: string; onStep: OnStep }
type Header = Omit<BackupFacts, 'madeAt'> & { format: 1; madeAt: string }

const CONNECT_TIMEOUT_MS = 5_000
const FIRST_LINE = '-- Gatehouse backup '
const LAST_LINE = '-- end of the backup'
const CUT_OFF = new Error('the backup is cut off')
const END_OF_ROWS = Buffer.from('\\.')
const LINE_END = Buffer.from('\n')
/** What follows it are rows, as PostgreSQL itself writes and reads them. */
const COPY_LINE = /^COPY ("\w+") \(("\w+"(?:, "\w+")*)\) FROM stdin;$/

/** One snapshot of all tables, however long it takes to write. */
export async function save(url: string, { path, onStep }: Way): Promise<void> {
  await writeWhole(path, (draft) =>
    withClient(url, async (client) => {
      await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
      const file = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true })
      await pipeline(Readable.from(dump(client, onStep), { objectMode: false }), createGzip(), file)
    }),
  )
}

async function* dump(client: pg.Client, onStep: OnStep) {
  const tables = await listTables(client)
  yield `${FIRST_LINE}${JSON.stringify(await readHeader(client))}\n`
  for (const [index, table] of tables.entries()) {
    onStep(index, tables.length)
    const columns = await listColumns(client, table)
    yield `COPY "${table}" (${columns}) FROM stdin;\n`
    yield* client.query(copyTo(`COPY "${table}" (${columns}) TO STDOUT`))
    yield `${END_OF_ROWS}\n`
  }
  onStep(tables.length, tables.length)
  yield `${LAST_LINE}\n`
}

async function readHeader(client: pg.Client): Promise<Header> {
  const rows = async (sql: string) => (await client.query({ text: sql, rowMode: 'array' })).rows
  const [time] = await rows('SELECT now()')
  return {
    format: 1,
    madeAt: time?.[0].toISOString(),
    migrations: (
      await rows(
        'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
      )
    ).map(([name]) => name),
    keysBySecret: Object.fromEntries(
      (await rows(COUNT_KEYS_BY_SECRET)).map(([id, count]) => [id, Number(count)]),
    ),
    users: Number((await rows('SELECT COUNT(*) FROM users'))[0]?.[0]),
  }
}

export async function inspect(path: string): Promise<BackupFacts | null> {
  try {
    for await (const line of readLines(createReadStream(path))) {
      const text = line.toString()
      if (!text.startsWith(FIRST_LINE)) return null
      const { madeAt, ...facts }: Header = JSON.parse(text.slice(FIRST_LINE.length))
      return facts.format === 1 ? { ...facts, madeAt: new Date(madeAt) } : null
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) throw error
  }
  return null
}

export async function hasPortal(url: string): Promise<boolean> {
  return withClient(url, hasUsers)
}

export async function look(url: string): Promise<Standing> {
  return withClient(url, async (client) => {
    const count = async () => (await client.query('SELECT COUNT(*) AS count FROM users')).rows[0].count
    return { users: (await hasUsers(client)) ? Number(await count()) : 0, isInUse: await isInUse(client) }
  })
}

async function hasUsers(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query("SELECT to_regclass('users') IS NOT NULL AS is_there")
  return rows[0].is_there
}

/** In one transaction: whoever looks meanwhile sees the database as it was, and a kill midway leaves it so. */
export async function load(url: string, { path, onStep }: Way): Promise<Loading> {
  const facts = await inspect(path)
  const total = (await stat(path)).size
  return withClient(url, async (client) => {
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${POSTGRES_LOCK_ID})`)
    if (await isInUse(client)) return 'in-use'
    for (const table of [...(await listTables(client)), '_prisma_migrations'])
      await client.query(`DROP TABLE IF EXISTS "${table}" CASCADE`)
    await makeAnew(client, facts?.migrations ?? [])
    const file = createReadStream(path)
    let read = 0
    file.on('data', (chunk) => {
      read += chunk.length
      onStep(read, total)
    })
    if (!(await isFilled(client, readLines(file)))) return 'cut-off'
    for (const statement of listWhatIsOver(new Date().toISOString())) await client.query(statement)
    await client.query('COMMIT')
    return 'loaded'
  })
}

/** As far as may be seen: connections of the same user, or of all users where this one may know them. */
async function isInUse(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
  )
  return rows.length > 0
}

/** False, and then nothing may be kept, when the file ends before its end. */
async function isFilled(client: pg.Client, lines: AsyncGenerator<Buffer>): Promise<boolean> {
  try {
    await fill(client, lines)
    return true
  } catch (error) {
    if (error === CUT_OFF || (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR') return false
    throw error
  }
}

async function fill(client: pg.Client, lines: AsyncGenerator<Buffer>): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next()
    const text = value?.toString() ?? ''
    if (done) throw CUT_OFF
    if (text === LAST_LINE) return
    if (COPY_LINE.test(text))
      await pipeline(Readable.from(takeRows(lines)), client.query(copyFrom(text.replace(/;$/, ''))))
  }
}

async function* takeRows(lines: AsyncGenerator<Buffer>) {
  for (;;) {
    const { value, done } = await lines.next()
    if (done) throw CUT_OFF
    if (value.equals(END_OF_ROWS)) return
    yield Buffer.concat([value, LINE_END])
  }
}

/** Those that migrations make, each after the ones it refers to. */
async function listTables(client: pg.Client): Promise<string[]> {
  const made = readMigrations('postgresql').flatMap(({ sql }) =>
    [...sql.matchAll(/CREATE TABLE "(\w+)"/g)].map(([, name]) => name),
  )
  const { rows } = await client.query(
    `SELECT c.relname AS name, ARRAY(
       SELECT r.relname::text FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid
       WHERE k.conrelid = c.oid AND k.contype = 'f' AND r.oid <> c.oid) AS refers_to
     FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY($1)
     ORDER BY 1`,
    [made],
  )
  const placed: string[] = []
  while (placed.length < rows.length) {
    const next = rows.filter(
      ({ name, refers_to }) =>
        !placed.includes(name) && refers_to.every((each: string) => placed.includes(each)),
    )
    if (next.length === 0) throw new Error('tables refer to each other in a circle')
    placed.push(...next.map(({ name }) => name))
  }
  return placed
}

async function listColumns(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query(
    'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position',
    [table],
  )
  return rows.map(({ name }) => `"${name}"`).join(', ')
}

/** Only LF ends a line: the rest of what Unicode calls a line end stands in people's texts. */
async function* readLines(file: Readable): AsyncGenerator<Buffer> {
  const text = createGunzip()
  const isRead = pipeline(file, text).catch((error) => text.destroy(error))
  let rest = Buffer.alloc(0)
  try {
    for await (const chunk of text) {
      const joined = Buffer.concat([rest, chunk])
      let begin = 0
      for (let end = joined.indexOf(LINE_END); end >= 0; end = joined.indexOf(LINE_END, begin)) {
        yield joined.subarray(begin, end)
        begin = end + 1
      }
      rest = joined.subarray(begin)
    }
  } finally {
    file.destroy()
    await isRead
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
