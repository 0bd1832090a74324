import { Argument, Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { addAuditCommands } from './features/audit/audit.cli.ts'
import { addBackupCommand } from './features/backup/backup.cli.ts'
import { addClientCommands } from './features/clients/clients.cli.ts'
import { addDoctorCommand } from './features/doctor/doctor.cli.ts'
import type { DoctorService } from './features/doctor/doctor.service.ts'
import { addKeyCommands } from './features/keys/keys.cli.ts'
import { addMailCommands } from './features/mail/mail.cli.ts'
import { addMigrateCommand } from './features/migrate/migrate.cli.ts'
import { addReloadCommand } from './features/reload/reload.cli.ts'
import { addRestoreCommand } from './features/restore/restore.cli.ts'
import { addSessionCommands } from './features/sessions/sessions.cli.ts'
import { addUserCommands } from './features/users/users.cli.ts'
import type { Run } from './terminal/command.ts'
import { SHELLS, type Shell, toCompletion } from './terminal/completion.ts'
import { listPlaces } from './terminal/tree.ts'
import type { Machine } from './wiring/machine.ts'
import type { Services } from './wiring.ts'

type Dependencies = {
  run: Run<Services>
  /** Opens nothing: the database need not be up to date. */
  runOnMachine: Run<Machine>
  runDoctor: Run<{ doctor: DoctorService }>
  print(text: string): Promise<void>
  /** Something is wrong with what was typed. */
  complain(text: string): void
}

/** Every command of `gatehouse`, in the order of its help. */
export function createProgram({ run, runOnMachine, runDoctor, print, complain }: Dependencies): Command {
  const program = new Command('gatehouse')
    .description('Manages the portal from the machine it runs on, with the same settings.')
    .version(packageJson.version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .option('--json', 'print the answer, or the error, as JSON')
    .option('--verbose', 'print the log to standard error')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: complain })
    .exitOverride()
  addUserCommands(program, { run })
  addSessionCommands(program, { run })
  addClientCommands(program, { run })
  addKeyCommands(program, { run })
  addAuditCommands(program, { run })
  addMailCommands(program, { run })
  addReloadCommand(program, { run: runOnMachine })
  addMigrateCommand(program, { run: runOnMachine })
  addBackupCommand(program, { run: runOnMachine })
  addRestoreCommand(program, { run: runOnMachine })
  addDoctorCommand(program, { run: runDoctor })
  addCompletionCommand(program, { print })
  return program
}

function addCompletionCommand(program: Command, { print }: Pick<Dependencies, 'print'>) {
  program
    .command('completion')
    .summary('complete commands with the Tab key')
    .description(
      "Prints a script that lets your shell complete commands and options. For bash: echo 'source <(gatehouse completion bash)' >> ~/.bashrc. For zsh: echo 'source <(gatehouse completion zsh)' >> ~/.zshrc, after compinit. For fish: gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish",
    )
    .addArgument(new Argument('<shell>', 'the shell you use').choices(SHELLS))
    .action((shell: Shell) => print(toCompletion(shell, listPlaces(program))))
}
