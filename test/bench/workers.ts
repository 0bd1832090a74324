// npm run bench:workers: what a second worker brings, and whether reloads lose a request. Uses every core; needs wrk and Redis.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cliFile } from '../support/command-line.ts'
import { findFreePort } from '../support/free-port.ts'
import { ada } from '../support/people.ts'
import { openPostgres } from '../support/postgres.ts'
import { openRedis } from '../support/redis.ts'
import { addCrowd, openSteadyCrowd, toEmail } from '../support/steady-crowd.ts'
import { load } from './load.ts'
import { signIn } from './portal.ts'
import { stop, waitUntilUp } from './processes.ts'

const PEOPLE = 40
/** Of each worker: the more it has to do at once, the less each piece of it costs. */
const CONNECTIONS = 32
const SECONDS = 5
const WARM_UP_SECONDS = 5
const ROUNDS = 3
const REQUESTS = 20_000
const CLIENTS = 12
/** The unit of /proc/…/stat on Linux. */
const TICKS_PER_SECOND = 100

type Measured = { perSecond: number; p99Ms: number; cores: number; perCoreSecond: number }

const serverFile = fileURLToPath(new URL('../../src/server.ts', import.meta.url))
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
const redis = await openRedis()
const postgres = await openPostgres()
const database = await postgres.createDatabase()
const port = await findFreePort()
const baseUrl = `http://localhost:${port}`
const settings = {
  NODE_ENV: 'production',
  SMTP_URL: 'smtp://127.0.0.1:9',
  EMAIL_FROM: 'bench@example.com',
  PORT: String(port),
  HOST: '127.0.0.1',
  BASE_URL: baseUrl,
  DATA_DIR: dataDir,
  DATABASE_URL: database.url,
  REDIS_URL: redis.url,
  SECRET_KEY: 'a-key-for-measuring-only-that-nobody-uses-elsewhere',
  TRUST_PROXY: '1',
  LOG_LEVEL: 'error',
}
await addCrowd({ DATABASE_URL: database.url, SECRET_KEY: settings.SECRET_KEY }, PEOPLE)
console.log(
  `\n${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}; load average ${loadavg()[0]?.toFixed(1)} before\n`,
)

const wanted = process.argv[2] ?? 'checks and reloads'
if (wanted.includes('checks')) await compareWorkers()
if (wanted.includes('reloads')) await measureReloads()
console.log(`load average ${loadavg()[0]?.toFixed(1)} after`)
await database.drop()
await postgres.close()
await redis.close()
await rm(dataDir, { recursive: true, force: true })

async function compareWorkers() {
  const rounds: [one: Measured, two: Measured][] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push([await measureChecks(1), await measureChecks(2)])
  console.log(
    '| workers | session checks a second | p99 ms | cores used by the portal | checks per second of a core |',
  )
  console.log('| ---: | ---: | ---: | ---: | ---: |')
  for (const workers of [1, 2]) for (const round of rounds) row(workers, round[workers - 1] as Measured)
  const gains = rounds.map(([one, two]) => (2 * two.perCoreSecond) / one.perCoreSecond)
  const [least, middle, most] = gains.toSorted((a, b) => a - b).map((gain) => gain.toFixed(2))
  console.log(
    `\nTwo workers with a core each do ${middle} times what one does (${least} to ${most}): twice what a core second brings with two workers, by what it brings with one. What wrk, Redis and others take of the cores is left out.\n`,
  )
}

function row(workers: number, { perSecond, p99Ms, cores, perCoreSecond }: Measured) {
  const figures = [perSecond.toFixed(0), p99Ms.toFixed(1), cores.toFixed(2), perCoreSecond.toFixed(0)]
  console.log(`| ${[workers, ...figures].join(' | ')} |`)
}

async function measureChecks(workers: number): Promise<Measured> {
  const portal = await start(workers)
  const { secret } = await signIn(baseUrl, { email: toEmail(0), password: ada.password })
  const headers = { authorization: `Bearer ${secret}` }
  const check = { url: `${baseUrl}/auth/me`, connections: CONNECTIONS * workers, headers }
  await load({ ...check, seconds: WARM_UP_SECONDS })
  const before = readCpuSeconds(portal)
  const beganAt = performance.now()
  const { perSecond, p99Ms, refused } = await load({ ...check, seconds: SECONDS })
  const cores = (readCpuSeconds(portal) - before) / ((performance.now() - beganAt) / 1000)
  if (refused > 0) throw new Error(`${refused} checks were refused`)
  await stop(portal)
  return { perSecond, p99Ms, cores, perCoreSecond: perSecond / cores }
}

/** Reloads one after the other until so many requests are answered. */
async function measureReloads() {
  const portal = await start(2)
  const crowd = openSteadyCrowd({ port, people: PEOPLE, clients: CLIENTS })
  const beganAt = performance.now()
  let reloads = 0
  while (crowd.asked.requests < REQUESTS) {
    const child = spawn(process.execPath, [cliFile, 'reload'], {
      env: { ...process.env, ...settings },
      stdio: 'inherit',
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error('a reload failed')
    reloads++
  }
  await crowd.stop()
  const seconds = ((performance.now() - beganAt) / 1000).toFixed(0)
  const lost = crowd.troubles.filter((trouble) => /: 0 /.test(trouble)).length
  console.log(
    `${crowd.asked.requests} requests on ${CLIENTS} kept connections in ${seconds} s, ${crowd.asked.signIns} sign-ins and as many sign-outs among them, during ${reloads} reloads of two workers: ${lost} lost, ${crowd.troubles.length - lost} answered wrongly`,
  )
  for (const trouble of crowd.troubles.slice(0, 10)) console.log(trouble)
  await stop(portal)
}

async function start(workers: number): Promise<ChildProcess> {
  const portal = spawn(process.execPath, [serverFile], {
    env: { ...process.env, ...settings, WORKERS: String(workers) },
    stdio: 'inherit',
  })
  process.once('exit', () => portal.kill('SIGKILL'))
  await waitUntilUp(`http://127.0.0.1:${port}/health/live`)
  // Open once every worker serves.
  while (workers > 1 && !existsSync(join(dataDir, `reload-${port}.sock`))) await sleep(20)
  return portal
}

/** Of the portal and its workers, in user and system mode. */
function readCpuSeconds({ pid }: ChildProcess): number {
  const ticks = listFamily(pid).map((each) => {
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND
}

function listFamily(pid = 0): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return [pid, ...children.split(' ').filter(Boolean).map(Number)]
}
