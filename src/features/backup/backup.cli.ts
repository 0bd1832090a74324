import type { Command } from 'commander'
import type { Run } from '../../terminal/command.ts'
import { openProgress } from '../../terminal/progress.ts'
import { countOf } from '../../terminal/table.ts'
import type { BackupService, Saved } from './backup.service.ts'

type Dependencies = { run: Run<{ backup: BackupService }> }

/** gatehouse backup: the database, as it is now, in one file. */
export function addBackupCommand(program: Command, { run }: Dependencies) {
  program
    .command('backup')
    .summary('save the database to a file')
    .description(
      'Saves the whole database to one file that only you can read. The portal can be running: the file holds what was true at one moment. Restoring it brings no session back. SECRET_KEY is not in it: keep that somewhere else.',
    )
    .argument('<file>', 'the file to make, or a folder, where it gets the time as its name')
    .action((file: string) =>
      run(async ({ backup }) => {
        const progress = openProgress('Saving')
        const saved = await backup.save(file, progress.show).finally(progress.end)
        switch (saved.outcome) {
          case 'saved':
            return { json: toJson(saved), text: toText(saved) }
          case 'exists':
            return { failure: `${saved.path} already exists. Choose another name.` }
          case 'no-database':
            return { failure: 'There is nothing to save: no portal has used DATABASE_URL yet.' }
          case 'no-folder':
            return { failure: `The folder of ${saved.path} doesn’t exist. Create it first.` }
        }
      }),
    )
}

type Done = Extract<Saved, { outcome: 'saved' }>

function toJson({ path, bytes, facts }: Done) {
  return {
    file: path,
    bytes,
    made_at: facts.madeAt.toISOString(),
    users: facts.users,
    signing_keys: countKeys(facts),
  }
}

function toText({ path, bytes, facts }: Done): string {
  const keys = countKeys(facts)
  return [
    `Saved ${countOf(facts.users, 'account')} to ${path} (${(bytes / 1e6).toFixed(1)} MB).`,
    keys > 0
      ? `It holds ${countOf(keys, 'signing key')}, encrypted with SECRET_KEY. SECRET_KEY is not in it: you need it to restore them.`
      : 'It holds no signing keys.',
  ].join('\n')
}

function countKeys({ keysBySecret }: Done['facts']): number {
  return Object.values(keysBySecret).reduce((sum, count) => sum + count, 0)
}
