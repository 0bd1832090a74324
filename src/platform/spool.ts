import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { CannotStart } from '../errors.ts'

export type Spool = ReturnType<typeof openSpool>
type Note = { name: string; note: unknown }

/** The suffix of a note that is still being written: if the process is killed midway, it is no note. */
const DRAFT = '.draft'
/** Until then another process, such as the command line's, may be about to finish it. */
const DRAFT_LASTS_MS = 60_000

/** Notes that must not be forgotten, not even when the process is killed: one file each, readable by its owner only. */
export function openSpool(folder: string) {
  for (const name of readNames(folder)) if (name.endsWith(DRAFT)) throwAwayOld(join(folder, name))

  return {
    /** Throws unless it is safely on disk. */
    add(name: string, note: unknown) {
      const path = join(folder, name)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(path + DRAFT, JSON.stringify(note), { mode: 0o600, flush: true })
      renameSync(path + DRAFT, path)
      keepNames(folder)
    },

    /** Throws when it is still there. */
    remove: (name: string) => rmSync(join(folder, name), { force: true }),

    /**
     * Those whose names are wanted. Undefined in place of anything that is not JSON; what another process removes meanwhile is left
     * out. Throws CannotStart when the folder cannot be read.
     */
    list: (isWanted: (name: string) => boolean = () => true): Note[] =>
      readNames(folder)
        .filter((name) => !name.endsWith(DRAFT) && isWanted(name))
        .flatMap((name) => readNote(folder, name)),
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new CannotStart('Sign-outs that are not confirmed yet cannot be read', cause)
  }
}

function readNote(folder: string, name: string): Note[] {
  try {
    return [{ name, note: JSON.parse(readFileSync(join(folder, name), 'utf8')) }]
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : [{ name, note: undefined }]
  }
}

/** A new name is on disk when its folder is (fsync(2)). */
function keepNames(folder: string) {
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** One that stays is in nobody's way. */
function throwAwayOld(draft: string) {
  try {
    if (Date.now() - statSync(draft).mtimeMs > DRAFT_LASTS_MS) rmSync(draft)
  } catch {}
}
