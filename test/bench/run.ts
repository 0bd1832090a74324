// npm run bench: what the portal costs, as ratios to what it cannot be faster than, measured side by side in the same run.
import { cpus } from 'node:os'
import { exchangeScript, type Load, load, refreshScript, signInScript } from './load.ts'
import { exchange, openBenchPortal, signIn } from './portal.ts'
import { readOutput, startOnServerCore, takeLoadCore } from './processes.ts'
import { measureStorm } from './storm.ts'

const SECONDS = 2
/** Until the code that is asked most is compiled: the portal has more of it than the bare server. */
const WARM_UP_SECONDS = 5
const ROUNDS = 3
const CONNECTIONS = 32
const REFRESHING = 16
const STORM = 200

takeLoadCore()
const { baseUrl, bareUrl, databaseUrl, redis, people, startMs, npmStartMs, stopPortal, close } =
  await openBenchPortal()
const [person = { email: '', password: '' }] = people
const { secret, cookie } = await signIn(baseUrl, person)
const { access_token: accessToken } = await exchange(baseUrl, secret, 'account:read')
const me = `${baseUrl}/auth/me`
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const body = await (await fetch(me, { headers: bearer(secret) })).text()
await redis.command('SET', 'bench', body)

type Kind = Parameters<typeof load>[0]
const common = { seconds: SECONDS, connections: CONNECTIONS }
const token = `${baseUrl}/auth/token`
const kinds: [what: string, kind: Kind][] = [
  ['bare node:http, one Redis GET', { ...common, url: bareUrl }],
  ['session check by cookie', { ...common, url: me, headers: { cookie, 'sec-fetch-site': 'same-origin' } }],
  ['session check by bearer', { ...common, url: me, headers: bearer(secret) }],
  ['session check by access token', { ...common, url: me, headers: bearer(accessToken) }],
  ['exchange', { ...common, url: token, script: exchangeScript(secret) }],
  ['login page', { ...common, url: `${baseUrl}/login` }],
]
for (const [, kind] of kinds) await load({ ...kind, seconds: WARM_UP_SECONDS })
// Round by round, so that what else the machine does meanwhile falls on all of them.
const rounds: Load[][] = []
for (let round = 0; round < ROUNDS; round++) {
  const loads: Load[] = []
  for (const [, kind] of kinds) loads.push(await load(kind))
  rounds.push(loads)
}

const storm = await measureStorm({
  checkUrl: me,
  signInUrl: `${baseUrl}/auth/login`,
  secret,
  people,
  size: STORM,
})
const signIns = { url: `${baseUrl}/auth/login`, connections: 8, script: signInScript(people) }
await load({ ...signIns, seconds: WARM_UP_SECONDS })
const signedIn = await load({ ...signIns, seconds: 3 * SECONDS })
await load({ ...(await prepareRefreshing()), seconds: WARM_UP_SECONDS })
const refreshed = await load({ ...(await prepareRefreshing()), seconds: 3 * SECONDS })
await stopPortal()
const verifications = await runAlone('verify-only.ts', String(3 * SECONDS))
const commits = await runAlone('commit-loop.ts', databaseUrl, String(3 * SECONDS))

console.log(`\n${cpus()[0]?.model}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`)
console.log('server on one core; load, Redis and PostgreSQL on the other\n')
console.log('| what | a second | p50 ms | p99 ms | ratio |')
console.log('| --- | ---: | ---: | ---: | ---: |')
for (const [index, [what]] of kinds.entries()) {
  const ratios = rounds.map((loads) => perSecond(loads[index]) / perSecond(loads[0]))
  row(what, toMedian(rounds.map((loads) => loads[index]) as Load[]), ratios)
}
rowAlone('argon2.verify alone', verifications)
row('sign-in', signedIn, [signedIn.perSecond / verifications])
rowAlone('one such commit by pg alone', commits)
row('refresh', refreshed, [refreshed.perSecond / commits])
console.log(
  `| session check while ${STORM} people sign in at once | | ${storm.p50Ms.toFixed(1)} | ${storm.p99Ms.toFixed(1)} | |`,
)
console.log(
  `\nOf the ${STORM}, ${storm.signedIn} were signed in at once and ${storm.askedToWait} asked to try again in a second.`,
)
console.log(
  `Start to first answer with existing data: ${toSeconds(startMs)}; by npm start: ${toSeconds(npmStartMs)}`,
)
await close()

/** Twice as many families as are refreshed at once: wrk asks for some requests that it does not send. */
async function prepareRefreshing() {
  const families: string[] = []
  for (const each of people.slice(0, 2 * REFRESHING)) {
    const session = await signIn(baseUrl, each)
    families.push((await exchange(baseUrl, session.secret, 'account:read offline_access')).refresh_token)
  }
  return { url: token, connections: REFRESHING, script: refreshScript(families) }
}

async function runAlone(file: string, ...args: string[]): Promise<number> {
  return Number(await readOutput(startOnServerCore(new URL(file, import.meta.url), { args })))
}

function toSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function perSecond(load: Load | undefined): number {
  return load?.perSecond ?? Number.NaN
}

/** The load of the round in the middle. */
function toMedian(loads: Load[]): Load {
  return loads.toSorted((one, other) => one.perSecond - other.perSecond)[Math.floor(loads.length / 2)] as Load
}

function row(what: string, { perSecond, p50Ms, p99Ms, refused }: Load, ratios: number[]) {
  if (refused > 0) console.log(`(${what}: ${refused} requests were refused)`)
  const middle = ratios.toSorted((one, other) => one - other)[Math.floor(ratios.length / 2)] ?? Number.NaN
  const spread =
    ratios.length > 1 ? ` (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})` : ''
  const columns = [perSecond.toFixed(0), p50Ms.toFixed(1), p99Ms.toFixed(1), middle.toFixed(2) + spread]
  console.log(`| ${[what, ...columns].join(' | ')} |`)
}

function rowAlone(what: string, perSecond: number) {
  console.log(`| ${what} | ${perSecond.toFixed(1)} | | | 1.00 |`)
}
