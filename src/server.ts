import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { type Config, ConfigError, readConfig } from './config.ts'
import { ROLE_VARIABLE } from './crew/messages.ts'
import { CannotStart } from './errors.ts'
import { keepCompiled } from './platform/compile-cache.ts'
import { openDataDir } from './platform/data-dir.ts'
import { openLog, openReadableOutput } from './platform/log.ts'

// Files made here are readable only by the user who runs this.
process.umask(0o077)
const primary = ROLE_VARIABLE in process.env ? (await import('./crew/my-primary.ts')).findMyPrimary() : null
const config = await openConfig().catch(stop)
const output = config.environment === 'development' ? await openReadableOutput() : undefined
const log = openLog(config.logLevel, output).child(primary ? { worker: primary.worker } : {})
keepCompiled(config.dataDir)
await begin().catch(stop)

/** One process alone, or a primary and its workers. Each loads only what it needs. */
async function begin() {
  if (primary) await (await import('./worker-process.ts')).serveUnder(primary, config, log)
  else if (config.workers > 1) await (await import('./primary-process.ts')).leadWorkers(config, log)
  else await (await import('./lone-process.ts')).serveAlone(config, log)
}

/** A primary keeps .env out of its environment, so that each worker reads it anew. */
async function openConfig(): Promise<Config> {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}
  const read = openDataDir(readConfig({ ...file, ...process.env }))
  const isPrimary = read.workers > 1 && !primary
  if (!isPrimary) for (const [name, value] of Object.entries(file)) process.env[name] ??= value
  return read
}

async function stop(error: unknown): Promise<never> {
  const isExpected = error instanceof CannotStart || error instanceof ConfigError
  if (!isExpected) openLog('fatal').fatal({ err: error }, 'the portal could not start')
  const reason = error instanceof Error ? error.message : String(error)
  if (primary) await primary.report({ report: 'failed', reason })
  else if (isExpected) console.error(reason)
  process.exit(1)
}
