import { randomBytes, randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { CannotStart } from '../errors.ts'

type Settings = { dataDir: string; secretKeys: string[] }

const OTHERS_MAY_WRITE = 0o022
const OWNER_ONLY = 0o700
const SECRET_KEY_MIN_LENGTH = 32

/** DATA_DIR, for its owner alone. Where SECRET_KEY is not set, one is made there once. Throws CannotStart. */
export function openDataDir<S extends Settings>(settings: S): S {
  try {
    openPrivateFolder(settings.dataDir)
    return settings.secretKeys.length > 0 ? settings : { ...settings, secretKeys: [readKeptKey(settings)] }
  } catch (cause) {
    throw cause instanceof CannotStart ? cause : new CannotStart('DATA_DIR', cause)
  }
}

/**
 * Makes the folder, or closes an existing one to everybody but its owner. Throws if others could have put something into it: its
 * contents are trusted, and code in it is run.
 */
export function openPrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: OWNER_ONLY })
  // Windows knows no such modes.
  if (process.platform === 'win32') return
  const { mode, uid } = statSync(path)
  if (mode & OTHERS_MAY_WRITE)
    throw new Error(
      `others than its owner may write to ${path}; look at what is in it, then: chmod 700 ${path}`,
    )
  if (uid === process.getuid?.()) chmodSync(path, OWNER_ONLY)
}

/** Nobody but us and root can put something else in its place. */
export function isOurs(path: string): boolean {
  return process.platform === 'win32' || [0, process.getuid?.()].includes(statSync(path).uid)
}

function readKeptKey({ dataDir }: Settings): string {
  const path = join(dataDir, 'secret-key')
  if (!existsSync(path)) keepSecretKey(path)
  const key = readFileSync(path, 'utf8').trim()
  if (key.length < SECRET_KEY_MIN_LENGTH)
    throw new CannotStart('SECRET_KEY', new Error(`the one in ${path} is too short`))
  return key
}

/** Appears whole or not at all; two processes starting at once both use the first one's. */
function keepSecretKey(path: string) {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, `${randomBytes(48).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!existsSync(path)) throw error
  } finally {
    rmSync(draft)
  }
}
