// npm run commands: writes docs/command-line.md from the commands themselves.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { createProgram } from '../src/commands.ts'
import { listCommands, toPath } from '../src/terminal/tree.ts'

const INTRODUCTION = `# The command line

\`gatehouse\` is for the operator, at the machine. It uses the same services as the pages and the API: what one refuses, so do the others,
and every change is in the audit log, with \`command line\` as its origin. Run it in the folder you start the portal in, with the same
environment or \`.env\`; the portal can be running. \`npm run -s gatehouse -- …\` and, in the clone, \`npx gatehouse …\` are the same.

\`\`\`sh
npx gatehouse users create-admin       # the first administrator: nobody becomes that over the web
npx gatehouse users --help
source <(npx gatehouse completion bash)
\`\`\`

- **Answers** go to standard output, everything else to standard error: questions, progress, the log (\`--verbose\`) and errors.
- **\`--json\`** prints the answer as one JSON document. An error is one line of JSON on standard error: \`{"code":…,"detail":…}\`. The codes are
  those of the API where it would refuse too, and otherwise \`refused\`, \`wrong_usage\`, \`cannot_start\` and \`internal\`.
- **Exit codes**: 0 for done, 1 for refused or for something found that somebody has to mend, 2 for a mistake in the command.
- **Passwords** are asked for at the terminal, or read from standard input. They are never taken from arguments or the environment, where
  others can see them. A client's secret is shown once, when it is made; only its SHA-256 is stored.

This page is written by \`npm run commands\` from the commands themselves, whose \`--help\` says the same.
`

/** The page as it should be. */
export function toCommandPage(): string {
  const commands = listCommands(createDocumentedProgram()).slice(1)
  return [INTRODUCTION, ...commands.map((command) => `${toChapter(command)}\n`)].join('\n')
}

/** The commands as they are, to be looked at only. */
export function createDocumentedProgram(): Command {
  const isNeverRun = async () => {
    throw new Error('this program is only looked at')
  }
  return createProgram({ run: isNeverRun, runOnMachine: isNeverRun, runDoctor: isNeverRun, print: isNeverRun, complain: isNeverRun })
}

function toChapter(command: Command): string {
  const help = command.createHelp()
  const isGroup = command.commands.length > 0
  const given = help
    .visibleArguments(command)
    .map((each) => [`<${each.name()}>`, help.argumentDescription(each)])
  const options = help
    .visibleOptions(command)
    .filter((option) => option.long !== '--help')
    .map((option) => [help.optionTerm(option), help.optionDescription(option)])
  const rows = [...given, ...options].map(([term, about = '']) => `| \`${term}\` | ${about.replaceAll('|', '\\|')} |`)
  return [
    `${isGroup ? '##' : '###'} ${toPath(command)}`,
    '',
    command.description(),
    ...(isGroup ? [] : ['', '```sh', help.commandUsage(command), '```']),
    ...(rows.length > 0 ? ['', '| | |', '| --- | --- |', ...rows] : []),
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('command-line.md', import.meta.url), toCommandPage())
