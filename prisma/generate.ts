// Writes src/generated/{sqlite,postgresql} from schema.prisma, unless they are up to date.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { DIALECTS, readSchema } from './schemas.ts'

const generated = new URL('../src/generated/', import.meta.url)
const stampFile = new URL('stamp', generated)
const require = createRequire(import.meta.url)

const stamp = createHash('sha256')
  .update(readSchema('sqlite'))
  .update(require('@prisma/client/package.json').version)
  .digest('hex')
const isUpToDate = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp

if (!isUpToDate) {
  mkdirSync(generated, { recursive: true })
  for (const dialect of DIALECTS) {
    const schema = new URL(`${dialect}.prisma`, generated)
    writeFileSync(schema, readSchema(dialect))
    generate(schema.pathname)
  }
  writeFileSync(stampFile, stamp)
}

/** Prisma wants a schema engine to be there even though generating never calls it. */
function generate(schema: string) {
  const prisma = require.resolve('prisma/build/index.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [prisma, 'generate', '--schema', schema], {
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`prisma generate failed:\n${stdout}\n${stderr}`)
}
