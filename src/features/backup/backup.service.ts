import type { BackupFacts, OnStep } from '../../platform/backup-facts.ts'
import type { Backups } from '../../platform/backups.ts'
import type { Clock } from '../../platform/clock.ts'

export type BackupService = ReturnType<typeof createBackupService>
export type Saved =
  | { outcome: 'saved'; path: string; bytes: number; facts: BackupFacts }
  | { outcome: 'exists' | 'no-folder' | 'no-database'; path: string }
type Dependencies = { backups: Backups; clock: Clock }

/** The whole database in one file, made while the portal runs. */
export function createBackupService({ backups, clock }: Dependencies) {
  return {
    /** `where`: a file that does not exist yet, or a folder, in which it is named for the time. */
    async save(where: string, onStep: OnStep): Promise<Saved> {
      const { path, state } = await backups.choosePath(where, clock.now())
      if (state !== 'free') return { outcome: state, path }
      if (!(await backups.hasPortal())) return { outcome: 'no-database', path }
      await backups.save(path, onStep)
      const facts = await backups.inspect(path)
      if (!facts) throw new Error('the backup that was just written cannot be read')
      return { outcome: 'saved', path, bytes: await backups.measure(path), facts }
    },
  }
}
