import type { Command } from 'commander'
import type { Answer, Run } from '../../terminal/command.ts'
import type { MigrateService } from './migrate.service.ts'

type Dependencies = { run: Run<{ migrations: MigrateService }> }

/** gatehouse migrate: brings the database to the newest schema. */
export function addMigrateCommand(program: Command, { run }: Dependencies) {
  program
    .command('migrate')
    .summary('bring the database up to date')
    .description(
      'Brings the database to the schema of this version, and says which migrations it applied. The portal does the same when it starts.',
    )
    .option('--check', 'change nothing, and exit with 1 if a migration is missing')
    .action(({ check = false }: { check?: boolean }) =>
      run(async ({ migrations }) =>
        check ? showPending(await migrations.listPending()) : showApplied(await migrations.apply()),
      ),
    )
}

function showApplied(applied: string[]): Answer {
  const text =
    applied.length > 0 ? toList('Applied', applied) : 'The database is up to date. Nothing was changed.'
  return { json: { applied }, text }
}

function showPending(pending: string[]): Answer {
  const text = pending.length > 0 ? toList('Missing', pending) : 'The database is up to date.'
  return { json: { pending }, text, isFound: pending.length > 0 }
}

function toList(word: string, names: string[]): string {
  return names.map((name) => `${word}: ${name}`).join('\n')
}
