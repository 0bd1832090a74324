import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BackupFacts, Loading, OnStep, Standing } from './backup-facts.ts'
import { isSqlite } from './database.ts'

export type Backups = ReturnType<typeof openBackups>

/** Saves and loads the whole database, while the portal runs and while it does not. */
export function openBackups(url: string) {
  const way = isSqlite(url) ? () => import('./sqlite-backup.ts') : () => import('./postgres-backup.ts')
  return {
    /** A path that is given, or a name for now in a folder that is given. */
    async choosePath(
      where: string,
      now: Date,
    ): Promise<{ path: string; state: 'free' | 'exists' | 'no-folder' }> {
      const extension = isSqlite(url) ? 'db' : 'copy.gz'
      const name = `gatehouse-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z.${extension}`
      const path = (await isFolder(where)) ? join(where, name) : where
      if (await isFile(path)) return { path, state: 'exists' }
      return { path, state: (await isFolder(dirname(path))) ? 'free' : 'no-folder' }
    },
    isFile,
    measure: async (path: string): Promise<number> => (await stat(path)).size,
    /** Into a new file, which appears whole or not at all. */
    save: async (path: string, onStep: OnStep): Promise<void> => (await way()).save(url, { path, onStep }),
    /** Null for a file that is no backup of this kind of database. */
    inspect: async (path: string): Promise<BackupFacts | null> => (await way()).inspect(path),
    /** False where no portal has ever used the database. */
    hasPortal: async (): Promise<boolean> => (await way()).hasPortal(url),
    /** How many accounts a backup would replace, and whether anybody else is connected, as far as that can be told. */
    look: async (): Promise<Standing> => (await way()).look(url),
    /** Replaces the database with the backup. All of it or nothing. */
    load: async (path: string, onStep: OnStep): Promise<Loading> => (await way()).load(url, { path, onStep }),
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isDirectory(),
    () => false,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
