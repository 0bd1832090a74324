import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../src/config.ts'
import { openDataDir } from '../../src/platform/data-dir.ts'
import { openShell } from '../support/command-line.ts'
import { findFreePort } from '../support/free-port.ts'

const serverFile = fileURLToPath(new URL('../../src/server.ts', import.meta.url))
/** Under `sh`, whose umask is the usual one whatever this process has. */
const startUsually = ['-c', 'umask 022; exec "$0" "$1"', process.execPath, serverFile]
const settings = { SECRET_KEY: 'k'.repeat(40) }

test('nobody else on the machine can read what the portal keeps, the database and its journal included', async () => {
  await using shell = await openShell({ ...settings, PORT: String(await findFreePort()) })
  const portal = shell.start('sh', startUsually)
  await portal.untilSaid(/is open/)

  const modes = await readModes(join(shell.folder, 'data'))

  for (const file of ['gatehouse.db', 'gatehouse.db-wal', 'gatehouse.db-shm', 'compile-cache'])
    assert.ok(file in modes, file)
  for (const [file, mode] of Object.entries(modes))
    assert.equal(mode & 0o077, 0, `${file}: ${mode.toString(8)}`)
})

test('nor what the command line writes', async () => {
  await using shell = await openShell(settings)

  const { code, errors } = await shell.gatehouse(['clients', 'list'])

  assert.equal(code, 0, errors)
  const modes = await readModes(join(shell.folder, 'data'))
  assert.ok('gatehouse.db' in modes)
  for (const [file, mode] of Object.entries(modes))
    assert.equal(mode & 0o077, 0, `${file}: ${mode.toString(8)}`)
})

test('neither runs code that others could have put into its folder', async () => {
  await using shell = await openShell({ ...settings, PORT: String(await findFreePort()) })
  const data = join(shell.folder, 'data')
  await mkdir(data)
  await writeFile(join(data, 'somebody-was-here'), '')
  await chmod(data, 0o775)

  const outcomes = [await shell.gatehouse(['clients', 'list']), await shell.start('sh', startUsually).ended]

  for (const { code, errors } of outcomes) {
    assert.equal(code, 1)
    assert.match(errors, /^DATA_DIR: others than its owner may write to .*chmod 700 .*\n$/)
  }
  assert.deepEqual(await readdir(data), ['somebody-was-here'])
})

test('the secret key of a laptop is made once, and only its owner can read it', async () => {
  await using folder = await openFolder()
  const config = readConfig({ DATA_DIR: join(folder.path, 'data') })

  const [first, second] = [openDataDir(config), openDataDir(config)]

  assert.match(first.secretKeys[0] ?? '', /^[\w+/]{64}$/)
  assert.deepEqual(second.secretKeys, first.secretKeys)
  assert.equal((await stat(join(config.dataDir, 'secret-key'))).mode & 0o777, 0o600)
  assert.equal((await stat(config.dataDir)).mode & 0o777, 0o700)
  assert.deepEqual(await readdir(config.dataDir), ['secret-key'])
})

test('a secret key that is set is used, and none is made', async () => {
  await using folder = await openFolder()
  const config = readConfig({ DATA_DIR: join(folder.path, 'data'), SECRET_KEY: 'k'.repeat(40) })

  assert.deepEqual(openDataDir(config).secretKeys, ['k'.repeat(40)])
  assert.deepEqual(await readdir(config.dataDir), [])
})

test('a damaged secret key is named, and neither used nor replaced', async () => {
  await using folder = await openFolder()
  const path = join(folder.path, 'secret-key')
  await writeFile(path, 'short\n')

  assert.throws(
    () => openDataDir(readConfig({ DATA_DIR: folder.path })),
    /SECRET_KEY: the one in .* is too short/,
  )
  assert.equal(await readFile(path, 'utf8'), 'short\n')
})

test('a data folder that cannot be used is named', async () => {
  await using folder = await openFolder()
  await writeFile(join(folder.path, 'file'), '')

  assert.throws(
    () => openDataDir(readConfig({ DATA_DIR: join(folder.path, 'file') })),
    /^CannotStart: DATA_DIR: E/,
  )
})

test('a data folder that somebody else may write to is refused, and one that others may read is closed to them', async () => {
  await using folder = await openFolder()
  const config = readConfig({ DATA_DIR: folder.path, SECRET_KEY: 'k'.repeat(40) })
  for (const mode of [0o777, 0o775, 0o757, 0o1777, 0o720]) {
    await chmod(folder.path, mode)
    assert.throws(() => openDataDir(config), /^CannotStart: DATA_DIR: others than its owner may write to/)
  }

  await chmod(folder.path, 0o755)
  openDataDir(config)

  assert.equal((await stat(folder.path)).mode & 0o777, 0o700)
})

/** Of the folder itself, which is ".", and of all that is in it. */
async function readModes(folder: string): Promise<Record<string, number>> {
  const names = ['.', ...(await readdir(folder, { recursive: true }))]
  const modes = names.map(async (name) => [name, (await stat(join(folder, name))).mode & 0o777] as const)
  return Object.fromEntries(await Promise.all(modes))
}

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-config-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
