import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findFreePort } from './support/free-port.ts'
import { openPostgres } from './support/postgres.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Needed by a later visit or not at all: each costs every start its time. */
const forLater = /\/(arctic|@oslojs|zod-openapi)\/|\.openapi\.ts$/
const drivers = { sqlite: /\/(@libsql|libsql)\//, postgres: /\/(pg|pg-pool|pg-protocol)\// }

test('the portal opens without loading what only a later visit needs, nor the driver of another database', async () => {
  const onSqlite = await listLoadedAtStart({})
  assert.ok(onSqlite.some((module) => drivers.sqlite.test(module)))
  assert.deepEqual(
    onSqlite.filter((module) => forLater.test(module) || drivers.postgres.test(module)),
    [],
  )

  const postgres = await openPostgres({ fsync: false })
  const database = await postgres.createDatabase()
  const onPostgres = await listLoadedAtStart({ DATABASE_URL: database.url })
  assert.ok(onPostgres.some((module) => drivers.postgres.test(module)))
  assert.deepEqual(
    onPostgres.filter((module) => forLater.test(module) || drivers.sqlite.test(module)),
    [],
  )
})

/** Every module that the process has loaded when it says that it is open. */
async function listLoadedAtStart(settings: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const list = join(folder, 'modules')
  const hook = `
    import { appendFileSync } from 'node:fs'
    import { registerHooks } from 'node:module'
    import { isMainThread } from 'node:worker_threads'
    const load = (url, context, next) => (appendFileSync('${list}', url + '\\n'), next(url, context))
    if (isMainThread) registerHooks({ load })`
  const port = String(await findFreePort())
  const server = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, join(root, 'src/server.ts')],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: port, DATA_DIR: join(folder, 'data'), ...settings },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const exited = once(server, 'exit')
  for await (const line of createInterface(server.stdout)) if (line.includes('the portal is open')) break
  const loaded = (await readFile(list, 'utf8')).split('\n')
  server.kill('SIGKILL')
  await exited
  await rm(folder, { recursive: true, force: true })
  return loaded
}
