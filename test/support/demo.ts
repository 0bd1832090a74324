import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Config, ConfigError, readConfig } from '../../src/config.ts'
import { CannotStart } from '../../src/errors.ts'
import { openDataDir } from '../../src/platform/data-dir.ts'
import { openLog } from '../../src/platform/log.ts'
import { startPortal } from '../../src/web-process.ts'
import { createPersonas } from './google/personas.ts'

const CLIENT = { clientId: 'demo', clientSecret: 'demo-secret-that-opens-nothing' }
const googleProgram = fileURLToPath(new URL('google/demo-google.ts', import.meta.url))
/** The rest of the environment is for the real portal: its database, its Redis and its mails stay out of this. */
const RESPECTED = ['PORT', 'DATA_DIR', 'PORTAL_NAME', 'LOG_LEVEL', 'REGISTRATION', 'PASSWORD_POLICY']

if (process.env.NODE_ENV === 'production')
  stop('The demo lets everybody in as anybody, so it does not run with NODE_ENV=production.')

const issuer = await startGoogle(readSettings({}).baseUrl)
const config = readSettings({
  GOOGLE_ISSUER: issuer,
  GOOGLE_CLIENT_ID: CLIENT.clientId,
  GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
})
const log = openLog(config.logLevel)
const portal = await startPortal(config, { log }).catch(explain)

sayWhereToGo(config)
process.on('SIGTERM', close)
process.on('SIGINT', close)

let isClosing = false

/** The first Ctrl+C lets requests finish, the second one does not wait. Google ends with this process. */
async function close() {
  if (isClosing) process.exit(1)
  isClosing = true
  await portal.close()
  process.exit(0)
}

function readSettings(google: Record<string, string>): Config {
  const respected = RESPECTED.map((name) => [name, process.env[name]])
  const usual = { DATA_DIR: './data/demo', LOG_LEVEL: 'warn' }
  const given = Object.fromEntries(respected.filter(([, value]) => value))
  try {
    return openDataDir(readConfig({ NODE_ENV: 'development', ...usual, ...given, ...google }))
  } catch (error) {
    if (error instanceof ConfigError || error instanceof CannotStart) return stop(error.message)
    throw error
  }
}

async function startGoogle(baseUrl: string) {
  const settings = { ...CLIENT, redirectUri: `${baseUrl}/auth/oauth/google/callback` }
  const google = fork(googleProgram, [JSON.stringify(settings)])
  google.once('exit', () => stop('The offline Google has ended, so the demo ends as well.'))
  const [{ issuer }] = await once(google, 'message')
  return String(issuer)
}

function explain(error: Error): never {
  const { code, port } = (error.cause ?? error) as { code?: string; port?: number }
  if (code !== 'EADDRINUSE') throw error
  const advice = `Stop it, or use another port: PORT=${Number(port) + 1} npm run demo`
  return stop(`Port ${port} is in use by another program. ${advice}`)
}

function sayWhereToGo({ baseUrl, portalName, dataDir }: Config) {
  const people = Object.values(createPersonas()).map(({ name, email }) => `    ${name.padEnd(14)} ${email}`)
  const lines = [
    '',
    `  ${portalName} is open at ${baseUrl}`,
    '',
    '  Choose "Sign in with Google", then one of these people, or anyone else:',
    ...people,
    '',
    `  Emails are not sent. Read them at ${baseUrl}/dev/mailbox`,
    `  Accounts are kept in ${dataDir}, so you can come back. Delete that folder to start over.`,
    '  This Google runs on your machine: no network, no real accounts. Press Ctrl+C to stop both.',
    '',
  ]
  console.error(lines.join('\n'))
}

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}
