import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Spool = ReturnType<typeof openSpool>

/** Names that must not be forgotten, not even when the process is killed: one empty file each. */
export function openSpool(folder: string) {
  return {
    add(name: string) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, name), '', { mode: 0o600, flush: true })
    },

    remove: (name: string) => rmSync(join(folder, name), { force: true }),

    list(): string[] {
      try {
        return readdirSync(folder)
      } catch {
        return []
      }
    },
  }
}
