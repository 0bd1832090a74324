import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The file appears whole, and on disk, or not at all. `write` makes the draft. */
export async function writeWhole(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.partial`
  try {
    await rm(draft, { force: true })
    await write(draft)
    await putInPlace(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

/** A new name is on disk when its folder is (fsync(2)). */
export async function putInPlace(draft: string, path: string): Promise<void> {
  await rename(draft, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
