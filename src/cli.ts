#!/usr/bin/env node
import '../prisma/generate.ts'
import { existsSync } from 'node:fs'
import { CommanderError } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { createProgram } from './commands.ts'
import { ConfigError, readConfig } from './config.ts'
import { CannotStart, PortalError } from './errors.ts'
import type { DoctorService } from './features/doctor/doctor.service.ts'
import { keepCompiled } from './platform/compile-cache.ts'
import { openDataDir } from './platform/data-dir.ts'
import { openLog } from './platform/log.ts'
import { isCancelled } from './terminal/ask.ts'
import type { Answer, FailureCode, Run } from './terminal/command.ts'
import { toPrintable } from './terminal/printable.ts'
import type { ReadSettings } from './wiring/doctor.ts'
import type { Machine } from './wiring/machine.ts'
import type { Services } from './wiring.ts'

/** What the exit code says. */
const EXIT = { done: 0, notDone: 1, wrongUsage: 2 }
const LINGER_AT_MOST_MS = 500

// Files made here are readable only by the user who runs this.
process.umask(0o077)
process.stdout.on('error', () => {})

// A mistake is reported before the options are read.
const isJson = process.argv.includes('--json')
const program = createProgram({
  run,
  runOnMachine,
  runDoctor,
  print: (text) => write(text),
  complain: (text) => complain(toOneLine(text), 'wrong_usage'),
})

await program.parseAsync().catch(fail)
setTimeout(() => process.exit(), LINGER_AT_MOST_MS).unref()

/** Most commands: settings, services, the work, its answer on standard output. */
async function run(work: Parameters<Run<Services>>[0]): Promise<void> {
  const { config, about, withServices } = await prepare()
  await withServices(config, about, async (services, origin) => answer(await work(services, origin)))
}

async function runOnMachine(work: Parameters<Run<Machine>>[0]): Promise<void> {
  const { config, about, withMachine } = await prepare()
  await withMachine(config, about, async (machine, origin) => answer(await work(machine, origin)))
}

/** Wrong settings do not stop it: they are what it finds. */
async function runDoctor(work: Parameters<Run<{ doctor: DoctorService }>>[0]): Promise<void> {
  const read = readSettings()
  const log = openLog(isVerbose() ? 'info' : 'silent', process.stderr)
  const { openDoctor, toOrigin } = await import('./command-process.ts')
  const { version } = packageJson
  await answer(await work({ doctor: openDoctor(read, { log, version }) }, toOrigin(version)))
}

function readSettings(): ReadSettings {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env')
    return { config: readConfig(process.env) }
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems }
    throw error
  }
}

async function prepare() {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const config = openDataDir(readConfig(process.env))
  const log = openLog(isVerbose() ? config.logLevel : 'silent', process.stderr)
  keepCompiled(config.dataDir)
  // Loaded only here, so that help and mistakes are answered at once.
  const { withServices, withMachine } = await import('./command-process.ts')
  return { config, about: { log, version: packageJson.version }, withServices, withMachine }
}

async function answer(answer: Answer): Promise<void> {
  if ('failure' in answer) return complain(answer.failure, answer.code ?? 'refused')
  if ('pieces' in answer) return writeAll(answer.pieces)
  if (answer.isFound) process.exitCode = EXIT.notDone
  await write(isJson ? JSON.stringify(answer.json, null, 2) : answer.text)
}

function isVerbose(): boolean {
  return Boolean(program.opts().verbose)
}

function fail(error: unknown) {
  if (!(error instanceof CommanderError)) {
    openLog(isVerbose() ? 'error' : 'silent', process.stderr).error({ err: error }, 'the command failed')
    return complain(...toFailure(error))
  }
  // Commander has already printed it: the help, or what is wrong with the command.
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage
}

function toFailure(error: unknown): [sentence: string, code: FailureCode] {
  if (error instanceof ConfigError || error instanceof CannotStart) return [error.message, 'cannot_start']
  if (error instanceof PortalError && error.code === 'temporarily_unavailable')
    return ['The database is not answering. Check whether it was done before you try again.', error.code]
  if (isCancelled(error)) return ['Nothing was done.', 'refused']
  const reason = error instanceof Error ? error.message : error
  return [`Something went wrong: ${reason}. Use --verbose to see more.`, 'internal']
}

function complain(sentence: string, code: FailureCode) {
  console.error(toPrintable(isJson ? JSON.stringify({ code, detail: sentence }) : sentence))
  process.exitCode = code === 'wrong_usage' ? EXIT.wrongUsage : EXIT.notDone
}

async function writeAll(pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) await write(piece, '')
}

/** Resolves when it is written: a secret that nobody received must not look delivered. */
async function write(text: string, end = '\n'): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(toPrintable(text) + end, (cause) =>
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
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}`
}
