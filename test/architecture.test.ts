import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

type Import = { from: string; target: string; isType: boolean }
type Rule = { files: RegExp; may: RegExp[]; mayAsType?: RegExp[] }

const root = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('generated/'))
  .sort()
const imports = files.flatMap(readImports)

/** One way down (README, "The map"): the first rule whose pattern fits a file is its law. Own folder is always allowed. */
const rules: Rule[] = [
  {
    files:
      /^(server|(lone|primary|worker|web|command)-process|signals|closing|banner|cli|commands|wiring|app|routes|openapi)\.ts$/,
    may: [/./],
  },
  { files: /^crew\//, may: [], mayAsType: [/^platform\//] },
  {
    files: /^wiring\//,
    may: [/^(crew|domain|features|platform)\/(?!.*\.(pages|api|cli|form|openapi)\.ts$)/, /^errors\.ts$/],
    mayAsType: [/^config\.ts$/],
  },
  { files: /^errors\.ts$/, may: [] },
  { files: /^(config|settings|setting-shapes)\.ts$/, may: [/^platform\/brand\.ts$/] },
  {
    files: /^features\/.*\.cli\.ts$/,
    may: [/^terminal\//, /^domain\/(?!.*\.(repository|service)\.ts$)/],
    mayAsType: [/^domain\/.*\.service\.ts$/],
  },
  {
    files: /^features\/.*\.(pages|api|openapi)\.ts$/,
    may: [/^http\//, /^errors\.ts$/, /^domain\/(?!.*\.(repository|service)\.ts$)/],
    mayAsType: [/^domain\/.*\.service\.ts$/],
  },
  {
    files: /^features\/.*\.form\.ts$/,
    may: [/^http\//, /^domain\/(?!.*\.(repository|service)\.ts$)/, /^errors\.ts$/],
  },
  {
    files: /^features\/.*\.client\.ts$/,
    may: [/^domain\/(?!.*\.repository\.ts$)/, /^platform\//, /^errors\.ts$/],
  },
  { files: /^features\//, may: [/^domain\//, /^errors\.ts$/], mayAsType: [/^platform\//] },
  {
    files: /^domain\/(.*\.repository|repositories)\.ts$/,
    may: [/^domain\//, /^platform\/database\.ts$/],
    mayAsType: [/^platform\//],
  },
  { files: /^domain\//, may: [/^domain\//, /^errors\.ts$/], mayAsType: [/^platform\//] },
  {
    files: /^http\//,
    may: [/^http\//, /^errors\.ts$/, /^domain\/(?!.*\.(repository|service)\.ts$)/],
    mayAsType: [/^domain\/.*\.service\.ts$/, /^platform\//],
  },
  { files: /^terminal\//, may: [/^terminal\//], mayAsType: [/^domain\//, /^errors\.ts$/] },
  { files: /^platform\//, may: [/^platform\//, /^generated\//, /^errors\.ts$/], mayAsType: [/^domain\//] },
]

/** Who may speak to whom outside. */
const neighbours: [packages: RegExp, mayImport: RegExp][] = [
  [
    /^(@prisma\/|prom-client$|pg$|pg-copy-streams$|@libsql\/|ioredis$|@node-rs\/argon2$|nodemailer$|@aws-sdk\/|maxmind$|pino$|piscina$|ejs$|rate-limiter-flexible$)/,
    /^platform\//,
  ],
  [/^commander$/, /^(cli\.ts|commands\.ts|features\/.*\.cli\.ts|terminal\/.*)$/],
  [/^@inquirer\//, /^terminal\//],
  [/^jose$/, /^(platform\/jwt\.ts$|features\/oauth\/.*\.client\.ts$)/],
  [/^culori$/, /^platform\/brand\.ts$/],
  [/^zod-openapi$/, /^features\/docs\//],
  [/^arctic$/, /^features\/oauth\/.*\.client\.ts$/],
  [
    /^(express|express-session|connect-redis)$/,
    /^(http\/|features\/.*\.(pages|api)\.ts$|app\.ts$|routes\.ts$)/,
  ],
]

const SURNAMES = ['pages', 'api', 'cli', 'openapi', 'service', 'form', 'client', 'repository']
const SAYS_NOTHING = /(^|[/.-])(utils?|helpers?|common|misc|manager|index)([.-]|$)/

test('every file imports only what its room allows', () => {
  const breaches = imports.filter(({ from, target, isType }) => {
    if (!target.endsWith('.ts') || dirname(from) === dirname(target)) return false
    const rule = rules.find((each) => each.files.test(from))
    const allowed = [...(rule?.may ?? []), ...(isType ? (rule?.mayAsType ?? []) : [])]
    return !allowed.some((pattern) => pattern.test(target))
  })
  assert.deepEqual(breaches.map(toLine), [])
})

test('each neighbour outside is spoken to in one place', () => {
  const breaches = imports.filter(({ from, target }) =>
    neighbours.some(([packages, mayImport]) => packages.test(target) && !mayImport.test(from)),
  )
  assert.deepEqual(breaches.map(toLine), [])
})

test('no part imports itself by a detour', () => {
  const next = new Map<string, string[]>()
  for (const { from, target } of imports) next.set(from, [...(next.get(from) ?? []), target])
  const cycles = files.flatMap((file) => findWayBack(file, next))
  assert.deepEqual(cycles, [])
})

test('every file has a name that says what is in it', () => {
  const wrong = files.filter((file) => {
    const parts = (file.split('/').at(-1) ?? '').replace(/\.ts$/, '').split('.')
    const isKnown = parts.length === 1 || (parts.length === 2 && SURNAMES.includes(parts[1] ?? ''))
    return !isKnown || !/^[a-z0-9-]+$/.test(parts[0] ?? '') || SAYS_NOTHING.test(file)
  })
  assert.deepEqual(wrong, [])
})

test('every page that a handler renders has its view, and every view is rendered', () => {
  const rendered = new Set(
    files.flatMap((file) =>
      [...read(file).matchAll(/'((?:pages|errors)\/[a-z-]+)'/g)].map(([, name]) => name),
    ),
  )
  const views = fileURLToPath(new URL('../views/', import.meta.url))
  const existing = ['pages', 'errors'].flatMap((folder) =>
    readdirSync(join(views, folder)).map((file) => `${folder}/${file.replace('.ejs', '')}`),
  )
  assert.deepEqual([...rendered].sort(), existing.sort())
})

/** They change an account that their transaction has held, or judged and changed, before. */
const UNDER_A_LOCK = [
  'claimWantedUsername',
  'raiseSessionEpoch',
  'dropPassword',
  'update',
  'noteUnlinked',
  'hold',
  'schedule',
  'cancel',
  'close',
  'bringBack',
]

test('a decision about an account is written only while it is still the account that was judged', () => {
  const written = files
    .filter((file) => /^domain\/user\/.*\.repository\.ts$/.test(file))
    .flatMap((file) => read(file).split(/^(?= {4}(?:async )?\w+\()/m))
    .filter((method) => /\.user\.(update|updateMany|upsert)\(|UPDATE users/.test(method))
  const blind = written
    .filter(
      (method) =>
        !/\.\.\.still\(judged\)|session_epoch = \$\{|where: \{ id, passwordHash: from \}/.test(method),
    )
    .map((method) => /(\w+)\(/.exec(method)?.[1] ?? '')
  assert.ok(written.length > 5)
  assert.deepEqual(blind.toSorted(), [...UNDER_A_LOCK].toSorted())
})

function readImports(file: string): Import[] {
  const text = read(file)
  const statements = text.matchAll(/^(?:import|export) (type )?(?:([^'";]*?) from )?'([^']+)'$/gm)
  const loadedLater = text.matchAll(/()()\bimport\('([^']+)'\)/g)
  return [...statements, ...loadedLater].map(([, type, names = '', path = '']) => ({
    from: file,
    target: path.startsWith('.') ? relative(root, join(root, dirname(file), path)) : path,
    isType: Boolean(type) || isAllTypes(names),
  }))
}

function isAllTypes(names: string): boolean {
  const listed = /^\{(.*)\}$/s
    .exec(names.trim())?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  return Boolean(listed?.length && listed.every((name) => name.startsWith('type ')))
}

function findWayBack(start: string, next: Map<string, string[]>): string[] {
  const seen = new Set<string>()
  const waiting = [...(next.get(start) ?? [])]
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    if (file === start) return [start]
    if (!seen.has(file)) waiting.push(...(next.get(file) ?? []))
    seen.add(file)
  }
  return []
}

function read(file: string): string {
  const path = join(root, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function toLine({ from, target }: Import): string {
  return `${from} imports ${target}`
}
