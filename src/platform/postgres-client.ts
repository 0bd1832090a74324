import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../generated/postgresql/client.ts'
import type { PrismaClient as AnyClient } from '../generated/sqlite/client.ts'
import { openPostgresPool } from './postgres-pool.ts'

// A statement that begins with its name in a comment is planned once per connection; others each time.
const STATEMENT_NAME = /^\/\* ([a-z-]{1,60}) \*\//

export function openPostgres(url: string, poolSize: number): AnyClient {
  const pool = openPostgresPool({ url, size: poolSize })
  const adapter = new PrismaPg(pool, {
    disposeExternalPool: true,
    onPoolError: () => {},
    statementNameGenerator: ({ sql }) => STATEMENT_NAME.exec(sql)?.[1] ?? '',
  })
  return new PrismaClient({ adapter }) as unknown as AnyClient
}
