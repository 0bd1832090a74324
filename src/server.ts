import { type Config, ConfigError, readConfig, withKeptSecretKey } from './config.ts'
import { openLog } from './platform/log.ts'
import { startPortal } from './web-process.ts'

const config = readConfigOrStop()
const log = openLog(config.logLevel)
const portal = await startPortal(config, { log }).catch(stop)

sayWhereToGo(config)
process.on('SIGTERM', drain)
process.on('SIGINT', drain)

function readConfigOrStop(): Config {
  try {
    return withKeptSecretKey(readConfig(process.env))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) console.error(problem)
    process.exit(1)
  }
}

function stop(error: unknown): never {
  log.fatal({ err: error }, 'the portal could not start')
  process.exit(1)
}

let isDraining = false

/** The first signal lets requests finish, the second one does not wait. */
async function drain() {
  if (isDraining) process.exit(1)
  isDraining = true
  log.info('closing: requests that are under way may finish')
  await portal.close()
  process.exit(0)
}

function sayWhereToGo({ isProduction, baseUrl, portalName, smtpUrl, isHttps }: Config) {
  log.info({ address: baseUrl }, 'the portal is open')
  if (isProduction) return
  const lines = [
    '',
    `  ${portalName} is open at ${baseUrl}`,
    ...(smtpUrl ? [] : [`  Mails are not sent. Read them at ${baseUrl}/dev/mailbox`]),
    ...(isHttps ? [] : ['  Cookies are made for plain http, which is fine on your own machine only.']),
    '  Stop it with Ctrl+C.',
    '',
  ]
  console.error(lines.join('\n'))
}
