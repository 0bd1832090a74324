import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { openPrivateFolder } from './data-dir.ts'

/** What is loaded from now on is compiled once and found again by the next process: a quarter of a start. */
export function keepCompiled(dataDir: string): void {
  const folder = join(dataDir, 'compile-cache')
  try {
    openPrivateFolder(folder)
  } catch {
    return // Without it the start is slower; with code that others could have put there it is not ours.
  }
  enableCompileCache(folder)
}
