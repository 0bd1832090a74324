import type { Command } from 'commander'
import type { Answer, Run } from '../../terminal/command.ts'

type Reloaded = { outcome: 'reloaded'; workers: number } | { outcome: 'kept'; reason: string }
/** Null when there is no portal with several workers. */
type Dependencies = { run: Run<{ askToReload(): Promise<Reloaded | null> }> }

const NOBODY =
  'No portal with WORKERS=2 or more is running with this DATA_DIR and PORT. One with WORKERS=1 has to be restarted instead.'

/** gatehouse reload: today's code and settings, without losing a request. */
export function addReloadCommand(program: Command, { run }: Dependencies) {
  program
    .command('reload')
    .summary('replace the workers one by one')
    .description(
      'Replaces the workers of a running portal one by one, so that they use the code and the settings as they are now. No request is lost. Answers when every new worker serves. If one cannot start, those that serve stay. WORKERS, DATA_DIR and PORT change only with a restart.',
    )
    .action(() => run(async ({ askToReload }) => toAnswer(await askToReload())))
}

function toAnswer(reloaded: Reloaded | null): Answer {
  if (!reloaded) return { failure: NOBODY }
  if (reloaded.outcome === 'kept')
    return { failure: `A new worker could not start, so those that serve stay. ${reloaded.reason}` }
  return { json: reloaded, text: `${reloaded.workers} workers were replaced.` }
}
