import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PortalError } from '../errors.ts'
import type { PrismaClient } from '../generated/sqlite/client.ts'

/** Both generated clients have one shape; SQLite's stands for it. */
export type Database = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends'>
export type OpenDatabase = Awaited<ReturnType<typeof openDatabase>>

/** SQL answers within this or counts as away (CHECKS M12). */
const CONNECT_TIMEOUT_MS = 1_000
const STATEMENT_TIMEOUT_MS = 1_500
const SQLITE_BUSY_TIMEOUT_MS = 5_000
const TRANSACTION_TIMEOUT_MS = 5_000

/** Errors that say something about the data. Every other one says that SQL could not be asked. */
const CONSTRAINT_CODES = ['P2002', 'P2003', 'P2025']

export function isSqlite(url: string) {
  return url.startsWith('file:')
}

/** Connects lazily. Every failure of SQL itself is thrown as `temporarily_unavailable`. */
export async function openDatabase({ url, poolSize = 10 }: { url: string; poolSize?: number }) {
  const client = isSqlite(url) ? await openSqlite(url) : await openPostgres(url, poolSize)
  const database = client.$extends({
    query: { $allOperations: ({ args, query }) => query(args).catch(rethrowOutage) },
  }) as unknown as PrismaClient

  return {
    database: database as Database,

    /** All of `work` or nothing. Its first statement should be a write: SQLite then waits for its turn at once. */
    transact: <T>(work: (database: Database) => Promise<T>): Promise<T> =>
      database
        .$transaction((transaction) => work(transaction as Database), {
          maxWait: TRANSACTION_TIMEOUT_MS,
          timeout: TRANSACTION_TIMEOUT_MS,
        })
        .catch(rethrowOutage),

    /** Rejects when SQL does not answer. */
    ping: () => database.$queryRaw`SELECT 1`,
    close: () => client.$disconnect(),
  }
}

/** True when a unique index refused the write on this field. */
export function isTaken(error: unknown, field: string): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'P2002') return false
  return JSON.stringify('meta' in error ? error.meta : '').includes(field)
}

async function openSqlite(url: string): Promise<PrismaClient> {
  const { PrismaClient } = await import('../generated/sqlite/client.ts')
  return new PrismaClient({ adapter: new ImmediateLibSql({ url, timeout: SQLITE_BUSY_TIMEOUT_MS }) })
}

async function openPostgres(url: string, poolSize: number): Promise<PrismaClient> {
  const { PrismaClient } = await import('../generated/postgresql/client.ts')
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    Client: HonestClient,
  })
  const adapter = new PrismaPg(pool, { disposeExternalPool: true, onPoolError: () => {} })
  return new PrismaClient({ adapter }) as unknown as PrismaClient
}

/** BEGIN IMMEDIATE: a transaction that would have to upgrade its lock midway fails instead of waiting. */
class ImmediateLibSql extends PrismaLibSql {
  override createClient(config: Parameters<PrismaLibSql['createClient']>[0]) {
    const client = super.createClient(config)
    const begin = client.transaction.bind(client)
    client.transaction = () => begin('write')
    return client
  }
}

/** A connection whose answer did not come in time is never used again: the answer may still be on its way. */
class HonestClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg's query has a dozen overloads, all passed on as they are
  override query(...args: any[]): any {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const result = (super.query as any)(...args)
    if (result instanceof Promise) result.catch((error) => this.#closeAfterTimeout(error))
    return result
  }

  #closeAfterTimeout(error: Error) {
    if (error.message === 'Query read timeout') this.connection.stream.destroy()
  }
}

function rethrowOutage(error: unknown): never {
  if (error instanceof PortalError || !(error instanceof Error)) throw error
  const isKnown = 'code' in error && CONSTRAINT_CODES.includes(String(error.code))
  const isSql = error.constructor.name.startsWith('PrismaClient') || 'code' in error
  if (isKnown || !isSql || error.name === 'PrismaClientValidationError') throw error
  throw new PortalError('temporarily_unavailable', { cause: error })
}
