import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { sqltag } from '@prisma/client/runtime/client'
import type { PrismaClient } from '../generated/sqlite/client.ts'
import { openPostgresPool } from './postgres-pool.ts'
import { rethrowOutage, toOutage } from './sql-outage.ts'

/** Both generated clients have one shape; SQLite's stands for it. */
export type Database = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends'>

/** A piece of SQL with its values, to be put into others. */
export const sqlPiece = sqltag
export type SqlPiece = ReturnType<typeof sqltag>

/** Ends a transaction with nothing done, and with this value. */
export type Undo<T> = (value: T) => never
const UNDONE = new Error('the transaction was undone')

const SQLITE_BUSY_TIMEOUT_MS = 5_000
const TRANSACTION_TIMEOUT_MS = 5_000
// A statement that begins with its name in a comment is planned once per connection; others each time.
const STATEMENT_NAME = /^\/\* ([a-z-]{1,60}) \*\//

export function isSqlite(url: string) {
  return url.startsWith('file:')
}

/** Connects lazily. Every failure of SQL itself is thrown as `temporarily_unavailable`. */
export async function openDatabase({ url, poolSize = 10 }: { url: string; poolSize?: number }) {
  const client = isSqlite(url) ? await openSqlite(url) : await openPostgres(url, poolSize)
  const database = client.$extends({
    query: { $allOperations: ({ args, query }) => query(args).catch(rethrowOutage) },
  }) as unknown as PrismaClient

  /** What `work` itself throws is passed on; all else that goes wrong is about the transaction. */
  async function transact<T>(work: (database: Database, undo: Undo<T>) => Promise<T>): Promise<T> {
    const end: { undone?: { value: T }; failure?: { error: unknown } } = {}
    const undo = (value: T): never => {
      end.undone = { value }
      throw UNDONE
    }
    const attempt = (transaction: unknown) =>
      work(transaction as Database, undo).catch((error) => {
        end.failure = { error }
        throw error
      })
    try {
      return await database.$transaction(attempt, {
        maxWait: TRANSACTION_TIMEOUT_MS,
        timeout: TRANSACTION_TIMEOUT_MS,
      })
    } catch (cause) {
      if (end.undone && end.failure?.error === UNDONE) return end.undone.value
      throw end.failure ? end.failure.error : toOutage(cause)
    }
  }

  return {
    database: database as Database,
    isSqlite: isSqlite(url),
    /** All of `work` or, when it throws or asks to `undo`, nothing. Its first statement should be a write: SQLite then waits for its turn at once. */
    transact,
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
  const pool = openPostgresPool({ url, size: poolSize })
  const adapter = new PrismaPg(pool, {
    disposeExternalPool: true,
    onPoolError: () => {},
    statementNameGenerator: ({ sql }) => STATEMENT_NAME.exec(sql)?.[1] ?? '',
  })
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
