import type { Command } from 'commander'
import { askWhether, isTerminal } from '../../terminal/ask.ts'
import type { Answer, Run } from '../../terminal/command.ts'
import { openProgress } from '../../terminal/progress.ts'
import { countOf, toMinute } from '../../terminal/table.ts'
import type { Restored, RestoreService, Verdict } from './restore.service.ts'

type Dependencies = { run: Run<{ restore: RestoreService }> }
type Options = { yes?: boolean; keysLost?: boolean }
type Usable = Extract<Verdict, { outcome: 'usable' }>

const refusals = {
  'no-file': 'This file doesn’t exist, or can’t be read.',
  'no-backup':
    'This is no backup of a database of this kind. "gatehouse backup" makes one; DATABASE_URL says which kind is used here.',
  newer: 'This backup was made by a newer version of Gatehouse. Update Gatehouse first.',
  'cut-off': 'This backup is cut off: it was not copied as a whole. Nothing was changed.',
  'in-use':
    'Something is connected to the database. Stop the portal, and whatever else uses the database, and try again. Nothing was changed.',
}
const copiesLeft =
  'Redis did not answer: run "gatehouse sessions end-all" when it does, before you start the portal.'
const undone =
  'What was changed since then is undone. Do again what has to be: deactivated accounts, disabled clients, passwords that somebody else knew.'

/** gatehouse restore: the database, as it was when the backup was made. */
export function addRestoreCommand(program: Command, { run }: Dependencies) {
  program
    .command('restore')
    .summary('replace the database with a backup')
    .description(
      'Replaces the database with a backup. Stop the portal first. Nobody is signed in afterwards: no session comes back, links in earlier emails that open an account stop working, access tokens are signed with a new key, and emails that were waiting are not sent, because they may have been. SECRET_KEY has to be the one from then, or stand in the list of SECRET_KEY.',
    )
    .argument('<file>', 'what "gatehouse backup" made')
    .option('-y, --yes', 'do not ask before the accounts that are there now are replaced')
    .option(
      '--keys-lost',
      'go on without the SECRET_KEY from then: what it encrypted is lost, and earlier seals of the audit log cannot be checked',
    )
    .action((file: string, options: Options) =>
      run(async ({ restore }) => {
        const verdict = await restore.judge(file)
        if (verdict.outcome !== 'usable') return { failure: refusals[verdict.outcome] }
        const refusal = await findRefusal(verdict, options)
        if (refusal) return refusal
        const progress = openProgress('Restoring')
        const restored = await restore.restore(file, progress.show).finally(progress.end)
        return show(verdict, restored)
      }),
    )
}

async function findRefusal(
  { lostKeys, usersNow, facts }: Usable,
  { yes = false, keysLost = false }: Options,
): Promise<Answer | null> {
  if (lostKeys > 0 && !keysLost)
    return {
      failure: `The backup holds ${countOf(lostKeys, 'signing key')} encrypted with a SECRET_KEY that is not set here. Add it to SECRET_KEY (it may be in the file secret-key of DATA_DIR), or use --keys-lost if it is gone: the seals of the audit log cannot be checked then. Nothing was changed.`,
    }
  if (usersNow === 0 || yes) return null
  const accounts = countOf(usersNow, 'account')
  if (!isTerminal())
    return {
      failure: `Add --yes to replace a database that has ${accounts}: there is no terminal to ask at.`,
      code: 'wrong_usage',
    }
  const question = `Replace the database, which has ${accounts}, with the backup of ${toMinute(facts.madeAt)}?`
  return (await askWhether(question)) ? null : { failure: 'Nothing was done.' }
}

function show({ facts }: Usable, restored: Restored): Answer {
  if (restored.outcome !== 'restored') return { failure: refusals[restored.outcome] }
  const { areCopiesGone } = restored
  const sentence = `Restored ${countOf(facts.users, 'account')} from the backup of ${toMinute(facts.madeAt)}. Nobody is signed in.`
  return {
    json: { made_at: facts.madeAt.toISOString(), users: facts.users, copies_forgotten: areCopiesGone },
    text: [sentence, undone, ...(areCopiesGone ? [] : [copiesLeft])].join('\n'),
  }
}
