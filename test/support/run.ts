// npm test: everything, against real neighbours. What is missing is installed where that is possible, else named and skipped.
// npm test -- login: the files that have this word in their path.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Neighbour = { program: string; neededBy: RegExp; howTo: string }

const neighbours: Neighbour[] = [
  {
    program: 'redis-server',
    neededBy: /support\/(redis|stores)\.ts/,
    howTo: 'apt-get install redis-server, or brew install redis',
  },
  { program: 'zsh', neededBy: /terminal\/completion\.ts/, howTo: 'apt-get install zsh, or brew install zsh' },
  {
    program: 'fish',
    neededBy: /terminal\/completion\.ts/,
    howTo: 'apt-get install fish, or brew install fish',
  },
  {
    program: 'prometheus',
    neededBy: /support\/prometheus\.ts/,
    howTo: 'apt-get install prometheus, or brew install prometheus',
  },
  { program: 'chromium', neededBy: /support\/browser\.ts/, howTo: 'apt-get install chromium' },
]

/** Far above what all tests take: it ends what nothing else could. */
const ALL_AT_MOST_MS = 30 * 60_000

const MEMORY = '/dev/shm'
const MEMORY_AT_LEAST_BYTES = 4 * 1024 ** 3

const root = fileURLToPath(new URL('../../', import.meta.url))
/** What one test file compiled, the next need not. */
const compileCache = `${root}node_modules/.cache/compile`
const missing = neighbours.filter(isMissing)
if (missing.length > 0) install(missing)
const stillMissing = neighbours.filter(isMissing)

const words = process.argv.slice(2)
const files = globSync('test/**/*.test.ts', { cwd: root }).filter(isWanted).sort()
if (files.length === 0) {
  console.error(`No test file has ${words.join(' or ')} in its path.`)
  process.exit(1)
}
const skipped = files.filter((file) =>
  stillMissing.some(({ neededBy }) => neededBy.test(readFileSync(root + file, 'utf8'))),
)

for (const { program, howTo } of stillMissing) console.error(`${program} is not installed: ${howTo}`)
for (const file of skipped) console.error(`skipped: ${file}`)
if (skipped.length > 0 && process.env.CI) {
  console.error('With CI=true nothing may be skipped.')
  process.exit(1)
}

const kept = files.filter((file) => !skipped.includes(file))
const folder = mkdtempSync(join(findFastFolder() ?? tmpdir(), 'gatehouse-tests-'))
chmodSync(folder, 0o755) // PostgreSQL is started by nobody where tests are run by root
process.env.TMPDIR = folder
// One for all files together starts sooner than one for each of sixty.
const postgres = words.length === 0 ? await (await import('./stores.ts')).sharePostgres() : null
const tests = spawn(
  process.execPath,
  ['--import=./test/support/must-end.ts', '--test', '--test-concurrency=2', '--test-timeout=180000', ...kept],
  {
    cwd: root,
    stdio: 'inherit',
    timeout: ALL_AT_MOST_MS,
    env: {
      ...process.env,
      ...postgres?.env,
      NODE_ENV: 'test',
      NODE_NO_WARNINGS: '1',
      NODE_COMPILE_CACHE: compileCache,
    },
  },
)
process.on('SIGINT', () => {}) // it reaches the tests as well
process.on('SIGTERM', () => tests.kill())
const [status] = await once(tests, 'exit')
await postgres?.close()
rmSync(folder, { recursive: true, force: true })
process.exit(status ?? 1)

/** Memory, where there is plenty: what tests write to disk need not outlive them. */
function findFastFolder(): string | null {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize > MEMORY_AT_LEAST_BYTES ? MEMORY : null
  } catch {
    return null
  }
}

function isWanted(file: string): boolean {
  return words.length === 0 || words.some((word) => file.includes(word))
}

function isMissing({ program }: Neighbour): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0
}

/** Only where it can be done without asking: as root on Debian and its kin. */
function install(needed: Neighbour[]) {
  const isRootOnDebian =
    process.getuid?.() === 0 && spawnSync('sh', ['-c', 'command -v apt-get']).status === 0
  if (!isRootOnDebian) return
  const programs = needed.map(({ program }) => program)
  console.error(`Installing ${programs.join(' and ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...programs], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
}
