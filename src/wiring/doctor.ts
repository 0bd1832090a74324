import { dirname } from 'node:path'
import type { Config } from '../config.ts'
import type { ContentChecks } from '../features/doctor/content-checks.ts'
import { createDoctorService } from '../features/doctor/doctor.service.ts'
import { type Check, ok, problem } from '../features/doctor/finding.ts'
import { createFolderCheck, createProxyCheck, createSpaceCheck } from '../features/doctor/machine-checks.ts'
import {
  createDatabaseCheck,
  createEmailCheck,
  createGoogleCheck,
  createRedisCheck,
} from '../features/doctor/neighbour-checks.ts'
import { boundedFetch } from '../platform/bounded-fetch.ts'
import { isSqlite } from '../platform/database.ts'
import { probeSmtp } from '../platform/mailer.ts'
import { listPending, toFile } from '../platform/migrations.ts'
import { closeToOthers, listOpenToOthers, probeRedis, probeSql, readFreeBytes } from '../platform/probes.ts'

/** The settings, or every sentence about what is wrong with them. */
export type ReadSettings = { config: Config } | { problems: string[] }
/** Does some work with the services of the portal. */
type WithContents = (
  config: Config,
  work: (contents: ContentChecks) => ReturnType<Check>,
) => ReturnType<Check>

/** With wrong settings nothing else can be looked at. */
export function wireDoctor(read: ReadSettings, withContents: WithContents) {
  if ('problems' in read) {
    const { problems } = read
    return createDoctorService({
      settings: async () => problems.map((says) => problem('settings', `${says}.`, 'See docs/settings.md.')),
    })
  }
  const { config } = read
  const { databaseUrl, redisUrl, google, isHttps } = config
  const folder = openFolder(config)
  return createDoctorService({
    settings: async () => [ok('settings', 'all of them can be used.')],
    files: createFolderCheck(folder),
    disk: createSpaceCheck(folder),
    database: createDatabaseCheck({
      probe: () => probeSql(databaseUrl),
      listPending: () => listPending(databaseUrl),
    }),
    Redis: createRedisCheck(redisUrl ? { probe: () => probeRedis(redisUrl) } : null),
    email: createEmailCheck(toEmail(config)),
    Google: createGoogleCheck(google && (() => fetchDiscovery(google.issuer))),
    proxy: createProxyCheck({ isHttps, isProxyTrusted: config.trustProxy !== false }),
    contents: async (options) => {
      const isReady = (await listPending(databaseUrl)).length === 0
      return isReady ? withContents(config, (contents) => contents.examine(options)) : []
    },
  })
}

/** DATA_DIR, and the database where that is a file of its own. */
function openFolder({ dataDir, databaseUrl }: Config) {
  const file = isSqlite(databaseUrl) ? toFile(databaseUrl) : null
  const files = file ? [file, `${file}-wal`, `${file}-shm`] : []
  return {
    dataDir,
    listOpenToOthers: async () => [
      ...new Set((await Promise.all([dataDir, ...files].map(listOpenToOthers))).flat()),
    ],
    closeToOthers,
    readFreeBytes: () => readFreeBytes(dataDir).catch(() => readFreeBytes(dirname(dataDir))),
  }
}

function toEmail({ smtpUrl, sesRegion, sendsMail }: Config) {
  if (smtpUrl)
    return { verify: () => probeSmtp(smtpUrl), way: 'the mail server takes our name and password.' }
  if (sesRegion) return { verify: null, way: `Amazon SES in ${sesRegion} sends it; that is not tried here.` }
  return {
    verify: null,
    way: sendsMail ? 'it waits at /dev/mailbox instead of being sent.' : 'none is sent.',
  }
}

async function fetchDiscovery(issuer: string): Promise<void> {
  const response = await boundedFetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  if (!response.ok) throw new Error(`it answers with ${response.status}`)
  await response.json()
}
