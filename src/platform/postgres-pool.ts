import pg from 'pg'

/** SQL answers within this or counts as away. */
const CONNECT_TIMEOUT_MS = 1_000
const STATEMENT_TIMEOUT_MS = 1_500

/** Connections are made when needed. When one falls silent, so have the idle ones: all are dropped and new ones made. */
export function openPostgresPool({ url, size }: { url: string; size: number }): pg.Pool {
  const idle = new Set<pg.PoolClient>()
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    Client: HonestClient,
  })
  pool.on('acquire', (client) => idle.delete(client))
  pool.on('remove', (client) => idle.delete(client))
  pool.on('release', (_error, client) => idle.add(client))
  pool.on('connect', (client) => client.on(SILENT, () => giveUp(idle)))
  return pool
}

const SILENT = 'silent' as 'error'

/** A connection whose answer did not come in time is never used again: the answer may still be on its way. */
class HonestClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg's query has a dozen overloads, all passed on as they are
  override query(...args: any[]): any {
    const last = args.length - 1
    const callback = args[last]
    if (typeof callback === 'function') {
      args[last] = (error: unknown, result: unknown) => {
        this.#notice(error)
        callback(error, result)
      }
    }
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const result = (super.query as any)(...args)
    if (result instanceof Promise) result.catch((error) => this.#notice(error))
    return result
  }

  #notice(error: unknown) {
    if (!(error instanceof Error) || error.message !== 'Query read timeout') return
    this.connection.stream.destroy()
    this.emit(SILENT)
  }
}

/** The pool drops an idle connection that reports an error at once. */
function giveUp(idle: Set<pg.PoolClient>) {
  for (const client of idle) client.emit('error', new Error('a connection beside this one fell silent'))
}
