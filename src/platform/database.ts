import { join, sqltag } from '@prisma/client/runtime/client'
import type { PrismaClient } from '../generated/sqlite/client.ts'
import { rethrowOutage, toOutage } from './sql-outage.ts'

/** Both generated clients have one shape; SQLite's stands for it. */
export type Database = Omit<
  PrismaClient,
  '$connect' | '$disconnect' | '$on' | '$transaction' | '$extends'
> & {
  isSqlite: boolean
}

/** A piece of SQL with its values, to be put into others. */
export const sqlPiece = sqltag
export type SqlPiece = ReturnType<typeof sqltag>
/** Values or pieces, with commas between them. */
export const joinSql = (parts: unknown[]): SqlPiece => join(parts)

/** Rolls a transaction back and ends it with this value. */
export type Undo<T> = (value: T) => never
const UNDONE = new Error('the transaction was undone')

const TRANSACTION_TIMEOUT_MS = 5_000

export function isSqlite(url: string) {
  return url.startsWith('file:')
}

/** Connects lazily. Every failure of SQL itself is thrown as `temporarily_unavailable`. */
export async function openDatabase({ url, poolSize = 10 }: { url: string; poolSize?: number }) {
  const client = await openClient(url, poolSize)
  const database = client.$extends({
    client: { isSqlite: isSqlite(url) },
    query: { $allOperations: ({ args, query }) => query(args).catch(rethrowOutage) },
  }) as unknown as PrismaClient

  /** Whatever `work` throws is passed on; any other failure is the transaction's. */
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
    database: database as unknown as Database,
    isSqlite: isSqlite(url),
    /** All of `work` or, when it throws or asks to `undo`, nothing. Its first statement should be a write: SQLite then waits for its turn at once. */
    transact,
    /** Rejects when SQL does not answer. */
    ping: () => database.$queryRaw`SELECT 1`,
    close: () => client.$disconnect(),
  }
}

type Sweep = { table: SqlPiece; key: SqlPiece; where: SqlPiece; most: number }

/**
 * Deletes at most so many rows, and returns how many it was. Rows changed meanwhile are judged as they are by then; rows that
 * somebody holds are left for next time.
 */
export function deleteFew(database: Database, { table, key, where, most }: Sweep): Promise<number> {
  const unlessHeld = database.isSqlite ? sqlPiece`` : sqlPiece`FOR UPDATE SKIP LOCKED`
  return database.$executeRaw`
    WITH few AS (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${most} ${unlessHeld})
    DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM few)`
}

/** True when a unique index refused the write on this field. */
export function isTaken(error: unknown, field: string): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'P2002') return false
  return JSON.stringify('meta' in error ? error.meta : '').includes(field)
}

/** Loads only the driver that is needed. */
async function openClient(url: string, poolSize: number): Promise<PrismaClient> {
  if (!isSqlite(url)) return (await import('./postgres-client.ts')).openPostgres(url, poolSize)
  return (await import('./sqlite-client.ts')).openSqlite(url)
}
