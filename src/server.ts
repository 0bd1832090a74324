import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, ConfigError, readConfig } from './config.ts'
import { CannotStart } from './errors.ts'
import { keepCompiled } from './platform/compile-cache.ts'
import { openDataDir } from './platform/data-dir.ts'
import { openLog, openReadableOutput } from './platform/log.ts'

/** On top of DRAIN_DELAY: with the usual one that is ten seconds at most. */
const CLOSE_AT_MOST_MS = 9_000
/** Ctrl+C and supervisors signal both npm and the portal, and npm passes it on: a second one this soon is the same signal. */
const SAME_SIGNAL_MS = 1_000

// Files made here are readable only by the user who runs this.
process.umask(0o077)
if (existsSync('.env')) process.loadEnvFile('.env')
const config = readConfigOrStop()
const output = config.environment === 'development' ? await openReadableOutput() : undefined
const log = openLog(config.logLevel, output)
keepCompiled(config.dataDir)
const { startPortal } = await import('./web-process.ts')
const portal = await startPortal(config, { log }).catch(stop)

let drainingSinceMs: number | null = null
process.on('SIGTERM', drain)
process.on('SIGINT', drain)
sayWhereToGo(config)

function readConfigOrStop(): Config {
  try {
    return openDataDir(readConfig(process.env))
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof CannotStart)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

function stop(error: unknown): never {
  if (error instanceof CannotStart) console.error(error.message)
  else log.fatal({ err: error }, 'the portal could not start')
  process.exit(1)
}

/** The first signal lets requests finish, the second one does not wait. */
async function drain() {
  if (drainingSinceMs !== null) return stopWaiting(performance.now() - drainingSinceMs)
  drainingSinceMs = performance.now()
  log.info('closing: requests that are under way may finish')
  const closed = portal.close().catch((error) => log.error({ err: error }, 'not everything could be closed'))
  await Promise.race([closed, sleep(config.drainDelayMs + CLOSE_AT_MOST_MS)])
  process.exit(0)
}

function stopWaiting(drainedMs: number) {
  if (drainedMs >= SAME_SIGNAL_MS) process.exit(1)
}

function sayWhereToGo(config: Config) {
  const { isProduction, baseUrl, portalName, sendsMail, mailboxShown, google, isHttps } = config
  log.info({ address: baseUrl }, 'the portal is open')
  const way = toWay(config)
  if (way) log.info(`email is sent through ${way}`)
  if (!sendsMail) log.warn('no email is sent: neither SMTP_URL nor SES_REGION is set')
  if (isProduction) return
  const lines = [
    '',
    `  ${portalName} is open at ${baseUrl}`,
    '',
    ...(mailboxShown ? [`  Mailbox  ${baseUrl}/dev/mailbox: emails wait here instead of being sent`] : []),
    `  API      ${baseUrl}/docs`,
    `  Google   ${google ? 'is on' : 'is off: npm run demo'}`,
    '',
    ...(isHttps ? [] : ['  It uses plain http: fine on your own machine, and only there.']),
    '  Press Ctrl+C to stop it.',
    '',
  ]
  console.error(lines.join('\n'))
}

/** Without the password that stands in the address of a mail server. */
function toWay({ smtpUrl, sesRegion }: Config): string | null {
  if (sesRegion) return `Amazon SES in ${sesRegion}`
  return smtpUrl && `the mail server at ${new URL(smtpUrl).host}`
}
