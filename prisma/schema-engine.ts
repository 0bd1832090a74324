import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import { type Dialect, readSchema } from './schemas.ts'

const filters = { externalTables: [], externalEnums: [] }

type Target = { tag: 'empty' } | { tag: 'schema'; text: string } | { tag: 'database' }

/** Prisma's own schema engine, in WebAssembly: nothing to download. `adapter` names the database of a 'database' target. */
export async function diffSchemas(options: {
  dialect: Dialect
  adapter: SqlMigrationAwareDriverAdapterFactory
  from: Target
  to: Target
}): Promise<string> {
  const schemaEngine = await SchemaEngine.new(
    { datamodels: [['schema.prisma', readSchema(options.dialect)]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(options.adapter),
  )
  const toTarget = (target: Target) => {
    if (target.tag === 'empty') return { tag: 'empty' as const }
    const files = [
      { path: 'schema.prisma', content: target.tag === 'schema' ? target.text : readSchema(options.dialect) },
    ]
    return target.tag === 'schema'
      ? { tag: 'schemaDatamodel' as const, files }
      : { tag: 'schemaDatasource' as const, files, configDir: '.' }
  }
  const result = await schemaEngine.diff({
    from: toTarget(options.from),
    to: toTarget(options.to),
    script: true,
    exitCode: null,
    filters,
  })
  return result.stdout ?? ''
}
