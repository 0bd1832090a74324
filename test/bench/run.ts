// npm run bench: what the portal costs, as ratios to a bare server and to bare argon2, measured in the same run.
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openLog } from '../../src/platform/log.ts'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { createServices, openWorld } from '../../src/wiring.ts'
import { findFreePort } from '../support/free-port.ts'
import { openPostgres } from '../support/postgres.ts'
import { openRedis } from '../support/redis.ts'
import { type Load, load, signInScript } from './load.ts'
import { readOutput, startOnServerCore, stop, takeLoadCore, waitUntilUp } from './processes.ts'
import { measureStorm } from './storm.ts'

const SECONDS = 6
const CONNECTIONS = 32
const PEOPLE = 40
const STORM = 200

takeLoadCore()
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
const redis = await openRedis()
const postgres = await openPostgres()
const database = await postgres.createDatabase()
const [portalPort, barePort] = [await findFreePort(), await findFreePort()]
const baseUrl = `http://localhost:${portalPort}`
const settings = {
  NODE_ENV: 'production',
  SMTP_URL: 'smtp://127.0.0.1:9',
  EMAIL_FROM: 'bench@example.com',
  PORT: String(portalPort),
  HOST: '127.0.0.1',
  BASE_URL: baseUrl,
  DATA_DIR: dataDir,
  DATABASE_URL: database.url,
  REDIS_URL: redis.url,
  SECRET_KEY: 'a-key-for-measuring-only-that-nobody-uses-elsewhere',
  TRUST_PROXY: '1',
}
const people = await addPeople()

const barePath = new URL('bare-server.ts', import.meta.url)
const bare = startOnServerCore(barePath, { args: [redis.url, String(barePort)] })
const portal = startOnServerCore(new URL('../../src/server.ts', import.meta.url), { env: settings })
portal.stdout?.resume()
const startMs = await waitUntilUp(`http://127.0.0.1:${portalPort}/health/live`)
await waitUntilUp(`http://127.0.0.1:${barePort}/`)

const { secret, cookie } = await signIn()
const me = `${baseUrl}/auth/me`
const answer = await (await fetch(me, { headers: { authorization: `Bearer ${secret}` } })).text()
await redis.command('SET', 'bench', answer)

const bareUrl = `http://127.0.0.1:${barePort}/`
await load({ url: bareUrl, seconds: 2, connections: CONNECTIONS })
await load({ url: me, seconds: 5, connections: CONNECTIONS, headers: { cookie } })
await load({ url: me, seconds: 5, connections: CONNECTIONS, headers: { authorization: `Bearer ${secret}` } })

const bareLoad = await load({ url: bareUrl, seconds: SECONDS, connections: CONNECTIONS })
const byCookie = await load({
  url: me,
  seconds: SECONDS,
  connections: CONNECTIONS,
  headers: { cookie, 'sec-fetch-site': 'same-origin' },
})
const byBearer = await load({
  url: me,
  seconds: SECONDS,
  connections: CONNECTIONS,
  headers: { authorization: `Bearer ${secret}` },
})
const loginPage = await load({ url: `${baseUrl}/login`, seconds: SECONDS, connections: CONNECTIONS })
const storm = await measureStorm({
  checkUrl: me,
  signInUrl: `${baseUrl}/auth/login`,
  secret,
  people,
  size: STORM,
})
const signInUrl = `${baseUrl}/auth/login`
await load({ url: signInUrl, seconds: 2, connections: 8, script: signInScript(people) })
const signIns = await load({
  url: signInUrl,
  seconds: SECONDS * 2,
  connections: 8,
  script: signInScript(people),
})
await stop(portal)
const verifications = Number(
  await readOutput(
    startOnServerCore(new URL('verify-only.ts', import.meta.url), { args: [String(SECONDS)] }),
  ),
)

console.log(`\n${cpus()[0]?.model}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`)
console.log('server on one core; load, Redis and PostgreSQL on the other\n')
console.log('| what | a second | p50 ms | p99 ms | ratio |')
console.log('| --- | ---: | ---: | ---: | ---: |')
row('bare node:http, one Redis GET', bareLoad, 1)
row('session check by cookie', byCookie, byCookie.perSecond / bareLoad.perSecond)
row('session check by bearer', byBearer, byBearer.perSecond / bareLoad.perSecond)
row('login page', loginPage, loginPage.perSecond / bareLoad.perSecond)
console.log(`| argon2.verify alone | ${verifications.toFixed(1)} | | | 1.00 |`)
row('sign-in', signIns, signIns.perSecond / verifications)
console.log(
  `| session check while ${STORM} people sign in at once | | ${storm.p50Ms.toFixed(1)} | ${storm.p99Ms.toFixed(1)} | |`,
)
console.log(
  `\nOf the ${STORM}, ${storm.signedIn} were signed in at once and ${storm.askedToWait} asked to try again in a second.`,
)
console.log(`Start to first answer with existing data: ${(startMs / 1000).toFixed(2)} s`)

await stop(bare)
await database.drop()
await postgres.close()
await redis.close()
await rm(dataDir, { recursive: true, force: true })

function row(what: string, { perSecond, p50Ms, p99Ms, refused }: Load, ratio: number) {
  if (refused > 0) console.log(`(${what}: ${refused} requests were refused)`)
  console.log(
    `| ${what} | ${perSecond.toFixed(0)} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${ratio.toFixed(2)} |`,
  )
}

async function addPeople() {
  const config = readConfig(settings)
  await applyMigrations(config.databaseUrl)
  const world = await openWorld(config, { log: openLog('silent'), clock: systemClock })
  const { repositories, passwords, close } = createServices(config, world)
  const passwordHash = await passwords.hash('sunset marble violin')
  const now = new Date()
  const emails = Array.from({ length: PEOPLE }, (_, index) => `person-${index}@example.com`)
  for (const email of emails) {
    const registration = {
      email,
      emailVerifiedAt: now,
      wantedUsername: null,
      displayName: 'Ada Lovelace',
      passwordHash,
      now,
    }
    await repositories.users.insert(registration)
  }
  await close()
  await world.close()
  return emails.map((email) => ({ email, password: 'sunset marble violin' }))
}

async function signIn() {
  const person = people[0]
  const answer = await fetch(`${baseUrl}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login: person?.email, password: person?.password, remember: true }),
  })
  const { session } = (await answer.json()) as { session: { id: string } }
  const cookie =
    answer.headers
      .getSetCookie()
      .find((line) => line.startsWith('session='))
      ?.split(';')[0] ?? ''
  return { secret: session.id, cookie }
}
