import type { Command } from 'commander'
import type { EverybodyOut } from '../../domain/session/everybody-out.ts'
import { askWhether, isTerminal } from '../../terminal/ask.ts'
import type { Run } from '../../terminal/command.ts'

type Dependencies = { run: Run<{ everybodyOut: EverybodyOut }> }

const question = 'Sign everybody out, on every device?'
const nobodyAsked = 'Add --yes to sign everybody out: there is no terminal to ask at.'
const copiesLeft =
  ' Redis did not answer: run this again when it does, because its copies may still count while the database is away.'

/** gatehouse sessions …: who is signed in. */
export function addSessionCommands(program: Command, { run }: Dependencies) {
  const commands = program
    .command('sessions')
    .summary('who is signed in')
    .description('Ends sessions, whoever they belong to.')

  commands
    .command('end-all')
    .summary('sign everybody out')
    .description(
      'Ends every session, with the tokens that came from it. Do this after you restored a backup of the database: it may hold sessions that ended since then. Everybody signs in again; nothing else is lost.',
    )
    .option('-y, --yes', 'do not ask')
    .action(async ({ yes = false }: { yes?: boolean }, command: Command) => {
      if (!yes && !isTerminal()) command.error(nobodyAsked)
      await run(async ({ everybodyOut }, origin) => {
        if (!yes && !(await askWhether(question))) return { failure: 'Nothing was done.' }
        const { ended, areCopiesGone } = await everybodyOut(origin)
        const text = `Everybody is signed out: ${ended === 1 ? '1 session has' : `${ended} sessions have`} ended.`
        return {
          json: { ended, copies_forgotten: areCopiesGone },
          text: areCopiesGone ? text : text + copiesLeft,
        }
      })
    })
}
