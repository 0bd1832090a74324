import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { isOurs, openPrivateFolder } from './data-dir.ts'

/** Whatever is loaded from here on is compiled once and reused by the next process: saves a quarter of a start. */
export function keepCompiled(dataDir: string): void {
  const folder = join(dataDir, 'compile-cache')
  // Without it the start is slower; with code that others could have put there it is not ours.
  if (canBeBelieved(dataDir, folder)) enableCompileCache(folder)
}

function canBeBelieved(dataDir: string, folder: string): boolean {
  try {
    openPrivateFolder(folder)
    return isOurs(dataDir) && isOurs(folder)
  } catch {
    return false
  }
}
