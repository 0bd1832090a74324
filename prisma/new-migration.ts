// node prisma/new-migration.ts add-something: writes the next migration of both dialects, from schema.prisma as it was
// at the last migration (kept beside the migrations) to schema.prisma as it is.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { diffSchemas } from './schema-engine.ts'
import { DIALECTS, type Dialect, readSchema } from './schemas.ts'

const name = process.argv[2]
if (!name || !/^[a-z0-9-]+$/.test(name)) {
  console.error('Say what it does, in lower case: node prisma/new-migration.ts add-something')
  process.exit(2)
}

/** The engine wants a database even though it compares only texts: an empty one in memory does for both dialects. */
const adapter = new PrismaLibSql({ url: ':memory:' })

const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
for (const dialect of DIALECTS) await writeMigration(dialect)

/** SQLite would copy the whole table, and what other processes write meanwhile would be lost. */
function refuse(): never {
  console.error(
    'SQLite can add columns and indexes but not change them: add a column, fill it, leave the old one.',
  )
  process.exit(1)
}

async function writeMigration(dialect: Dialect) {
  const folder = new URL(`migrations/${dialect}/`, import.meta.url)
  const last = new URL('schema.prisma', folder)
  const from = existsSync(last)
    ? { tag: 'schema' as const, text: readFileSync(last, 'utf8') }
    : { tag: 'empty' as const }
  const to = { tag: 'schema' as const, text: readSchema(dialect) }
  const sql = await diffSchemas({ dialect, adapter, from, to })
  if (sql.includes('RedefineTables')) refuse()
  mkdirSync(new URL(`${stamp}_${name}/`, folder), { recursive: true })
  writeFileSync(new URL(`${stamp}_${name}/migration.sql`, folder), sql)
  writeFileSync(new URL('migration_lock.toml', folder), `provider = "${dialect}"\n`)
  writeFileSync(last, to.text)
  console.log(`prisma/migrations/${dialect}/${stamp}_${name}/migration.sql`)
}
