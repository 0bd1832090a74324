import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from '../generated/sqlite/client.ts'

const BUSY_TIMEOUT_MS = 5_000

export function openSqlite(url: string): PrismaClient {
  return new PrismaClient({ adapter: new ImmediateLibSql({ url, timeout: BUSY_TIMEOUT_MS }) })
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
