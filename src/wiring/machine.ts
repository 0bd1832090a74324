import type { Config } from '../config.ts'
import { askToReload } from '../crew/reload-socket.ts'
import { createBackupService } from '../features/backup/backup.service.ts'
import { createMigrateService } from '../features/migrate/migrate.service.ts'
import { createRestoreService } from '../features/restore/restore.service.ts'
import { openBackups } from '../platform/backups.ts'
import { systemClock } from '../platform/clock.ts'
import { createEncryption } from '../platform/encryption.ts'
import { applyMigrations, listMigrations, listPending } from '../platform/migrations.ts'

export type Machine = ReturnType<typeof createMachine>
type Given = Pick<Parameters<typeof createRestoreService>[0], 'startAnew'>

/** What an operator does with the portal as a whole: it opens nothing, and the database need not be up to date. */
export function createMachine({ databaseUrl, secretKeys, ...place }: Config, { startAnew }: Given) {
  const backups = openBackups(databaseUrl)
  return {
    askToReload: () => askToReload(place),
    migrations: createMigrateService({
      applyMigrations: () => applyMigrations(databaseUrl),
      listPending: () => listPending(databaseUrl),
    }),
    backup: createBackupService({ backups, clock: systemClock }),
    restore: createRestoreService({
      backups,
      encryption: createEncryption(secretKeys),
      knownMigrations: listMigrations(databaseUrl),
      startAnew,
    }),
  }
}
