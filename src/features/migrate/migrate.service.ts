import { CannotStart } from '../../errors.ts'

export type MigrateService = ReturnType<typeof createMigrateService>
type Dependencies = { applyMigrations(): Promise<string[]>; listPending(): Promise<string[]> }

/** The schema of the database. Both answer with names of migrations, oldest first, and throw CannotStart. */
export function createMigrateService({ applyMigrations, listPending }: Dependencies) {
  const orStop = (cause: unknown): never => {
    throw new CannotStart('The database cannot be used', cause)
  }
  return {
    /** Those that were missing. Of two processes at once, one waits for the other. */
    apply: () => applyMigrations().catch(orStop),
    /** Those that are missing. Changes nothing. */
    listPending: () => listPending().catch(orStop),
  }
}
