import type { BackupFacts, OnStep } from '../../platform/backup-facts.ts'
import type { Backups } from '../../platform/backups.ts'
import type { Encryption } from '../../platform/encryption.ts'

export type RestoreService = ReturnType<typeof createRestoreService>
export type Verdict =
  | { outcome: 'usable'; facts: BackupFacts; lostKeys: number; usersNow: number }
  | { outcome: 'no-file' | 'no-backup' | 'newer' | 'in-use' }
export type Restored = { outcome: 'restored'; areCopiesGone: boolean } | { outcome: 'in-use' | 'cut-off' }
type Dependencies = {
  backups: Backups
  encryption: Pick<Encryption, 'isKnownKey'>
  knownMigrations: string[]
  /** Ends every session and replaces the keys, in the database as it is then, in Redis, and in the audit log. */
  startAnew(): Promise<{ areCopiesGone: boolean }>
}

/** The way back to an earlier database. It brings no session back, no link that opened an account, and sends no email twice. */
export function createRestoreService({ backups, encryption, knownMigrations, startAnew }: Dependencies) {
  function countLostKeys({ keysBySecret }: BackupFacts): number {
    const lost = Object.entries(keysBySecret).filter(([secret]) => !encryption.isKnownKey(secret))
    return lost.reduce((sum, [, count]) => sum + count, 0)
  }

  return {
    /** Changes nothing. `lostKeys`: encrypted with a SECRET_KEY that is not known here. */
    async judge(path: string): Promise<Verdict> {
      if (!(await backups.isFile(path))) return { outcome: 'no-file' }
      const facts = await backups.inspect(path)
      if (!facts) return { outcome: 'no-backup' }
      if (!facts.migrations.every((name) => knownMigrations.includes(name))) return { outcome: 'newer' }
      const { users: usersNow, isInUse } = await backups.look()
      if (isInUse) return { outcome: 'in-use' }
      return { outcome: 'usable', facts, lostKeys: countLostKeys(facts), usersNow }
    },

    /** All of it or nothing. `in-use`: somebody else is connected to the database. */
    async restore(path: string, onStep: OnStep): Promise<Restored> {
      const loading = await backups.load(path, onStep)
      if (loading !== 'loaded') return { outcome: loading }
      return { outcome: 'restored', ...(await startAnew()) }
    },
  }
}
