import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Spool = ReturnType<typeof openSpool>

/** Notes that must not be forgotten, not even when the process is killed: one file each, readable by its owner only. */
export function openSpool(folder: string) {
  return {
    add(name: string, note: unknown) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, name), JSON.stringify(note), { mode: 0o600, flush: true })
    },

    remove: (name: string) => rmSync(join(folder, name), { force: true }),

    /** Those that were written to their end. */
    list: (): unknown[] => readNames(folder).flatMap((name) => readNote(join(folder, name))),
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readNote(path: string): unknown[] {
  try {
    return [JSON.parse(readFileSync(path, 'utf8'))]
  } catch {
    return []
  }
}
