#!/usr/bin/env node
import '../prisma/generate.ts'
import { existsSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { ConfigError, readConfig } from './config.ts'
import { CannotStart, PortalError } from './errors.ts'
import { addClientCommands } from './features/clients/clients.cli.ts'
import { addKeyCommands } from './features/keys/keys.cli.ts'
import { addSessionCommands } from './features/sessions/sessions.cli.ts'
import { addUserCommands } from './features/users/users.cli.ts'
import { keepCompiled } from './platform/compile-cache.ts'
import { openDataDir } from './platform/data-dir.ts'
import { openLog } from './platform/log.ts'
import { isCancelled } from './terminal/ask.ts'
import type { Run } from './terminal/command.ts'
import type { Services } from './wiring.ts'

/** What the exit code says. */
const EXIT = { done: 0, notDone: 1, wrongUsage: 2 }
const LINGER_AT_MOST_MS = 500

// Files made here are readable only by the user who runs this.
process.umask(0o077)
process.stdout.on('error', () => {})

const program = createProgram()
addClientCommands(program, { run })
addKeyCommands(program, { run })
addSessionCommands(program, { run })
addUserCommands(program, { run })

await program.parseAsync().catch(fail)
setTimeout(() => process.exit(), LINGER_AT_MOST_MS).unref()

function createProgram() {
  return new Command('gatehouse')
    .description('Manages the portal from the machine it runs on, with the same settings.')
    .version(packageJson.version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .option('--json', 'print the answer as JSON')
    .option('--verbose', 'print the log to standard error')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(toOneLine(text)) })
    .exitOverride()
}

/** Every command: settings, services, the work, its answer on standard output. */
async function run(work: Parameters<Run<Services>>[0]): Promise<void> {
  const { json, verbose } = program.opts<{ json?: boolean; verbose?: boolean }>()
  if (existsSync('.env')) process.loadEnvFile('.env')
  const config = openDataDir(readConfig(process.env))
  const log = openLog(verbose ? config.logLevel : 'silent', process.stderr)
  keepCompiled(config.dataDir)
  // Loaded only here, so that help and mistakes are answered at once.
  const { withServices } = await import('./command-process.ts')
  await withServices(config, { log, version: packageJson.version }, async (services, origin) => {
    const answer = await work(services, origin)
    if ('failure' in answer) complain(answer.failure)
    else await write(json ? JSON.stringify(answer.json, null, 2) : answer.text)
  })
}

function fail(error: unknown) {
  if (!(error instanceof CommanderError)) {
    const level = program.opts().verbose ? 'error' : 'silent'
    openLog(level, process.stderr).error({ err: error }, 'the command failed')
    return complain(toSentence(error))
  }
  // Commander has already printed it: the help, or what is wrong with the command.
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage
}

function toSentence(error: unknown): string {
  if (error instanceof ConfigError || error instanceof CannotStart) return error.message
  if (error instanceof PortalError && error.code === 'temporarily_unavailable')
    return 'The database is not answering. Check whether it was done before you try again.'
  if (isCancelled(error)) return 'Nothing was done.'
  return `Something went wrong: ${error instanceof Error ? error.message : error}. Use --verbose to see more.`
}

function complain(sentence: string) {
  console.error(sentence)
  process.exitCode = EXIT.notDone
}

/** Resolves when it is written: a secret that nobody received must not look delivered. */
async function write(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(`${text}\n`, (cause) =>
      cause ? reject(new Error('the answer could not be written', { cause })) : resolve(),
    )
  })
}

/** One line. It never repeats a surplus argument, which may have been meant to be secret. */
function toOneLine(text: string): string {
  const line = text
    .replace(/^error: /, '')
    .replace(/^(unknown option '[^=']*)=.*'$/m, "$1'")
    .replace(/(but got \d+):.*$/s, '$1.')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}\n`
}
