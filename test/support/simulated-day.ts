import pg from 'pg'
import { SMTPServer } from 'smtp-server'
import { DAY_MS, HOUR_MS, later } from '../../src/domain/time.ts'
import { type Database, type SqlPiece, sqlPiece } from '../../src/platform/database.ts'
import { createTestClock } from './clock.ts'
import { findFreePort } from './free-port.ts'
import { ada } from './people.ts'
import { openPortal, type Portal } from './portal.ts'
import type { Store } from './stores.ts'

type Size = { people: number; sessions: number }
/** How many rows of a kind there are, from how long ago until when they last. As many come each hour as leave. */
type Stock = {
  rows: number
  from: number
  until: number
  add(rows: Range, at: Date): Promise<unknown>
  /** By the portal itself, while the simulation goes on. */
  isWritten?: boolean
}
type Range = { first: number; count: number }
export type Hour = {
  hour: number
  rows: Record<string, number>
  heapMb: number
  rssMb: number
  sweptMs: number
  slowestCheckMs: number
}

const BLOCK = 1_000
/** So many different ages at least. */
const AGES = 200
const circumstances = { when: 'today', device: 'Firefox on Linux', ip: '192.0.2.1', place: null }
const SESSION_MS = 30 * DAY_MS

/** A portal that has run for months, with people who come and go, under a clock of its own: also for PostgreSQL's now(). */
export async function openSimulation(store: Store, { people, sessions }: Size) {
  const opened = await store.open()
  const clock = createTestClock()
  const databaseClock = await openDatabaseClock(opened.settings.DATABASE_URL)
  const mailbox = await openMailbox()
  const portal = await openPortal({
    people: [ada],
    clock,
    settings: {
      ...opened.settings,
      SMTP_URL: mailbox.url,
      EMAIL_FROM: 'login@example.com',
      TRUST_PROXY: '1',
      AUDIT_KEEP: '30d',
      JWT_KEY_ROTATION: '1d',
      LOG_LEVEL: 'error',
    },
  })
  const beganAt = clock.now()
  const database = portal.database
  const stocks = listStocks(database, { people, sessions })
  await addPeople(database, { people, at: later(beganAt, -90 * DAY_MS) })
  for (const stock of stocks) await fill(stock)
  await portal.services.housekeeping.sweep()

  async function fill({ rows, from, until, add }: Stock) {
    const block = Math.min(BLOCK, Math.ceil(rows / AGES))
    for (let first = 0; first < rows; first += block) {
      const at = later(beganAt, -from + ((from + until) * first) / rows)
      await add({ first, count: Math.min(block, rows - first) }, at)
    }
  }

  /** As much of everything as comes in an hour. */
  async function addHour(hour: number) {
    for (const { rows, from, until, add, isWritten } of stocks) {
      if (isWritten) continue
      const count = Math.round((rows * HOUR_MS) / (from + until))
      if (count > 0) await add({ first: rows + hour * count, count }, later(clock.now(), until))
    }
    await writeMails(portal, { hour, count: Math.ceil(people / 3 / 7 / 24), now: clock.now() })
    if (hour % 6 === 0) await comeAndGo(portal, hour)
  }

  async function passHour(hour: number, { isWatched = false } = {}): Promise<Hour> {
    await addHour(hour)
    clock.forward(HOUR_MS)
    await databaseClock.forward(HOUR_MS)
    const beganAtMs = performance.now()
    const checks = isWatched ? checkWhile(portal) : null
    await portal.services.housekeeping.sweep()
    await portal.services.outbox.deliverDue()
    await portal.services.signingKeys.refresh()
    const slowestCheckMs = (await checks?.stop()) ?? 0
    const sweptMs = performance.now() - beganAtMs
    return { hour, rows: await countRows(database), ...measureMemory(), sweptMs, slowestCheckMs }
  }

  return {
    portal,
    mailbox,
    countRows: () => countRows(database),
    measureMemory,
    passHour,
    async [Symbol.asyncDispose]() {
      await portal[Symbol.asyncDispose]()
      await databaseClock.close()
      await mailbox.close()
      await opened.close()
    },
  }
}

function listStocks(database: Database, { people, sessions }: Size): Stock[] {
  const time = (at: Date) => (database.isSqlite ? sqlPiece`${at}` : sqlPiece`CAST(${at} AS TIMESTAMP)`)
  const insert = (what: SqlPiece, rows: Range) => database.$executeRaw`${what} ${series(rows)}`
  const families = Math.ceil(sessions / 20)

  return [
    {
      rows: sessions,
      from: SESSION_MS,
      until: SESSION_MS,
      add(rows, expiresAt) {
        const [began, ends] = [time(later(expiresAt, -SESSION_MS)), time(expiresAt)]
        return insert(
          sqlPiece`
          INSERT INTO sessions (id, secret_hash, user_id, user_epoch, method, remember, ip, user_agent,
            created_at, authenticated_at, last_seen_at, idle_expires_at, expires_at)
          SELECT 'ses_' || n, 'secret-' || n, 'user-' || (n % ${number(people)}), 0, 'password', ${true}, '192.0.2.1', 'A browser',
            ${began}, ${began}, ${began}, ${ends}, ${ends}`,
          rows,
        )
      },
    },
    {
      rows: families,
      from: 7 * DAY_MS,
      until: SESSION_MS,
      async add(rows, expiresAt) {
        const [began, ends] = [time(later(expiresAt, -SESSION_MS)), time(expiresAt)]
        const ofSession = sqlPiece`${number(sessions - 1)} - n % ${number(Math.ceil(sessions / 4))}`
        await insert(
          sqlPiece`
          INSERT INTO token_families (id, session_id, user_id, client_id, scope, created_at, last_used_at, expires_at)
          SELECT 'family-' || n, 'ses_' || (${ofSession}), 'user-' || ((${ofSession}) % ${number(people)}), 'none',
            'account:read', ${began}, ${began}, ${ends}`,
          rows,
        )
        for (const turn of ['first', 'second'])
          await insert(
            sqlPiece`INSERT INTO refresh_tokens (token_hash, family_id, created_at) SELECT ${turn} || n, 'family-' || n, ${began}`,
            rows,
          )
      },
    },
    {
      rows: Math.ceil(people / 3),
      isWritten: true,
      from: 7 * DAY_MS,
      until: 0,
      add: (rows, at) =>
        insert(
          sqlPiece`
          INSERT INTO outgoing_mails (id, recipient, template, payload, created_at, next_attempt_at, attempts, sent_at)
          SELECT 'mail-' || n, 'user-' || n || '@example.com', 'account-notice', 'sealed', ${time(at)}, ${time(at)}, 1, ${time(at)}`,
          rows,
        ),
    },
    {
      rows: people * 2,
      from: SESSION_MS,
      until: 0,
      add: (rows, at) =>
        insert(
          sqlPiece`
          INSERT INTO audit_events (id, at, action, actor_id, subject_id, ip, user_agent, request_id, details, count)
          SELECT 'event-' || n, ${time(at)}, 'session.started', 'user-' || (n % ${number(people)}),
            'user-' || (n % ${number(people)}), '192.0.2.1', 'A browser', 'none', '{}', 1`,
          rows,
        ),
    },
    {
      rows: Math.ceil(people / 50),
      from: 0,
      until: 3 * DAY_MS,
      add: (rows, expiresAt) =>
        insert(
          sqlPiece`
          INSERT INTO one_time_links (token_hash, kind, user_id, email, created_at, expires_at)
          SELECT 'link-' || n, 'reset-password', 'user-' || (n % ${number(people)}), 'somebody@example.com', ${time(expiresAt)}, ${time(expiresAt)}`,
          rows,
        ),
    },
    {
      rows: Math.ceil(people / 10),
      from: 0,
      until: DAY_MS,
      add: (rows, expiresAt) =>
        insert(
          sqlPiece`INSERT INTO attempt_counts (key, points, expire) SELECT 'attempt-' || n, 1, ${time(expiresAt)}`,
          rows,
        ),
    },
  ]
}

async function addPeople(database: Database, { people, at }: { people: number; at: Date }) {
  const time = database.isSqlite ? sqlPiece`${at}` : sqlPiece`CAST(${at} AS TIMESTAMP)`
  for (let first = 0; first < people; first += BLOCK)
    await database.$executeRaw`
      INSERT INTO users (id, email, email_verified_at, registered_at, created_at, updated_at)
      SELECT 'user-' || n, 'user-' || n || '@example.com', ${time}, ${time}, ${time}, ${time}
      ${series({ first, count: Math.min(BLOCK, people - first) })}`
}

/** Rows that have one column, n. */
function series({ first, count }: Range): SqlPiece {
  return sqlPiece`FROM (
    WITH RECURSIVE numbers(n) AS (SELECT ${number(first)} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${number(first + count - 1)})
    SELECT n FROM numbers) AS numbered`
}

function number(value: number): SqlPiece {
  return sqlPiece`CAST(${String(Math.floor(value))} AS INTEGER)`
}

async function writeMails(
  { services }: Portal,
  { hour, count, now }: { hour: number; count: number; now: Date },
) {
  for (let each = 0; each < count; each++)
    await services.repositories.mails.insert(
      `hour-${hour}-${each}@example.com`,
      {
        template: 'already-registered',
        data: { ...circumstances, name: null, link: 'http://localhost/login', ways: null },
      },
      now,
    )
}

/** What somebody really does: sign in, be known, exchange, sign out. */
async function comeAndGo(portal: Portal, hour: number) {
  const visitor = portal.openVisitor({ 'x-forwarded-for': `10.0.0.${hour}` })
  await visitor.submit('/login', { login: ada.email, password: ada.password, remember: '1' })
  for (let page = 0; page < 5; page++) await visitor.visit('/account')
  await visitor.submit('/forgot-password', { email: ada.email })
  await visitor.submit('/logout', {})
}

/** Somebody who is checked all the time. */
function checkWhile(portal: Portal) {
  let isOver = false
  const slowest = (async () => {
    let slowestMs = 0
    while (!isOver) {
      const beganAtMs = performance.now()
      await portal.client.get('/auth/me', `s_${'x'.repeat(64)}`)
      slowestMs = Math.max(slowestMs, performance.now() - beganAtMs)
    }
    return slowestMs
  })()
  return {
    stop() {
      isOver = true
      return slowest
    },
  }
}

async function countRows(database: Database): Promise<Record<string, number>> {
  const tables = {
    sessions: database.session,
    token_families: database.tokenFamily,
    refresh_tokens: database.refreshToken,
    outgoing_mails: database.outgoingMail,
    audit_events: database.auditEvent,
    audit_seals: database.auditSeal,
    one_time_links: database.oneTimeLink,
    attempt_counts: database.attemptCount,
    signing_keys: database.signingKey,
  }
  const counts: [string, number][] = []
  for (const [name, table] of Object.entries(tables))
    counts.push([name, await (table as typeof database.session).count()])
  return Object.fromEntries(counts)
}

function measureMemory() {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heapMb: heapUsed / 1e6, rssMb: rss / 1e6 }
}

/** PostgreSQL decides by its own clock what is old: here it finds a now() that comes before its own. */
async function openDatabaseClock(url: string) {
  if (url.startsWith('file:')) return { forward: async () => {}, close: async () => {} }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`
    CREATE SCHEMA simulated;
    CREATE TABLE simulated.clock (ahead INTERVAL NOT NULL);
    INSERT INTO simulated.clock VALUES (INTERVAL '0');
    CREATE FUNCTION simulated.now() RETURNS TIMESTAMPTZ LANGUAGE sql STABLE AS
      'SELECT pg_catalog.now() + ahead FROM simulated.clock'`)
  const database = new URL(url).pathname.slice(1)
  await client.query(`ALTER DATABASE "${database}" SET search_path = public, simulated, pg_catalog`)
  return {
    forward: (ms: number) =>
      client.query(`UPDATE simulated.clock SET ahead = ahead + INTERVAL '${ms} milliseconds'`),
    close: () => client.end(),
  }
}

/** Takes every email, counts it and forgets it. */
async function openMailbox() {
  let taken = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      taken++
      stream.on('end', done).resume()
    },
  })
  const port = await findFreePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken: () => taken,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}
