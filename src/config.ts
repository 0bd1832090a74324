import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SECRET_KEY_MIN_LENGTH = 32

/** "90s", "15m", "24h", "7d" → milliseconds. */
const duration = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,5}[smhd]$/, 'write a number and a unit, like 90s, 15m, 24h or 7d')
    .default(fallback)
    .transform((text) => Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS])

const wholeNumber = (fallback: number, { min, max }: { min: number; max: number }) =>
  z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback)

const onOff = (fallback: 'on' | 'off') =>
  z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default(fallback)
    .transform((word) => word === 'on')

const url = (protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  })

/** An origin, written back without a trailing slash. */
const origin = url(['http:', 'https:'])
  .refine((text) => URL.canParse(text) && new URL(text).pathname === '/' && !new URL(text).search, {
    error: 'must be only a scheme, a host and a port, without a path',
  })
  .transform((text) => (URL.canParse(text) ? new URL(text).origin : text))

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

/** Hops ("1") or the addresses of the proxies ("10.0.0.0/8, loopback"): Express' `trust proxy`. */
const trustProxy = z.string().transform((text, context): number | string[] => {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const parts = text.split(',').map((part) => part.trim())
  const isNetwork = (part: string) =>
    ['loopback', 'linklocal', 'uniquelocal'].includes(part) ||
    (isIP(part.split('/')[0] ?? '') > 0 && /^[^/]+(\/\d{1,3})?$/.test(part))
  if (!parts.every(isNetwork))
    context.addIssue('must be a number of hops or a list of addresses and networks')
  return parts
})

const variables = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], {
      error: 'must be development, test or production',
    })
    .default('development'),
  PORT: wholeNumber(3000, { min: 0, max: 65_535 }),
  HOST: z.string().optional(),
  BASE_URL: origin.optional(),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: url(['file:', 'postgresql:', 'postgres:']).optional(),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  SECRET_KEY: list
    .refine((keys) => keys.length > 0 && keys.every((key) => key.length >= SECRET_KEY_MIN_LENGTH), {
      error: `every key must have at least ${SECRET_KEY_MIN_LENGTH} characters; "openssl rand -base64 48" makes a good one`,
    })
    .optional(),
  GOOGLE_CLIENT_ID: z.string().optional(),
  GOOGLE_CLIENT_SECRET: z.string().optional(),
  GOOGLE_REDIRECT_URI: url(['http:', 'https:']).optional(),
  GOOGLE_ISSUER: url(['http:', 'https:']).default('https://accounts.google.com'),
  CORS_ORIGINS: list.pipe(z.array(origin)).default([]),
  TRUST_PROXY: trustProxy.optional(),
  REGISTRATION: z
    .enum(['verify-first', 'open', 'closed'], { error: 'must be verify-first, open or closed' })
    .default('verify-first'),
  PASSWORD_POLICY: z.enum(['nist', 'classic'], { error: 'must be nist or classic' }).default('nist'),
  SESSION_IDLE: duration('7d'),
  SESSION_ABSOLUTE: duration('24h'),
  SESSION_REMEMBER: duration('30d'),
  SESSION_LEASE: duration('5s'),
  SESSION_STALE_IF_SQL_DOWN: onOff('on'),
  ARGON2_MEMORY: wholeNumber(19_456, { min: 19_456, max: 4_194_304 }),
  ARGON2_TIME: wholeNumber(2, { min: 2, max: 100 }),
  SMTP_URL: url(['smtp:', 'smtps:']).optional(),
  EMAIL_FROM: z.string().max(254).optional(),
  PORTAL_NAME: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(60, 'must have at most 60 characters')
    .default('Gatehouse'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
})

type Variables = z.output<typeof variables>

export type Config = ReturnType<typeof toConfig>

export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: string[]
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** The environment, read once. Throws a ConfigError that names every setting that is wrong. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  const parsed = variables.safeParse(given)
  const problems = parsed.success
    ? findContradictions(parsed.data)
    : parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`)
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return toConfig(parsed.data)
}

function findContradictions(given: Variables): string[] {
  const problems: string[] = []
  const must = (holds: unknown, sentence: string) => holds || problems.push(sentence)
  const hasGoogle = given.GOOGLE_CLIENT_ID || given.GOOGLE_CLIENT_SECRET

  must(
    given.SESSION_LEASE >= 1_000 && given.SESSION_LEASE <= 60_000,
    'SESSION_LEASE: must be between 1s and 60s',
  )
  must(given.SESSION_IDLE >= 60_000, 'SESSION_IDLE: must be at least 1m')
  must(given.SESSION_ABSOLUTE >= 60_000, 'SESSION_ABSOLUTE: must be at least 1m')
  must(given.SESSION_REMEMBER <= 365 * UNIT_MS.d, 'SESSION_REMEMBER: must be at most 365d')
  if (hasGoogle) {
    must(given.GOOGLE_CLIENT_ID, 'GOOGLE_CLIENT_ID: is missing although GOOGLE_CLIENT_SECRET is set')
    must(given.GOOGLE_CLIENT_SECRET, 'GOOGLE_CLIENT_SECRET: is missing although GOOGLE_CLIENT_ID is set')
  }
  if (given.NODE_ENV === 'production') {
    must(given.SECRET_KEY, 'SECRET_KEY: is needed in production; "openssl rand -base64 48" makes a good one')
    must(
      given.BASE_URL,
      'BASE_URL: is needed in production, the address that people type, like https://login.example.com',
    )
    must(given.SMTP_URL, 'SMTP_URL: is needed in production, or no mail would ever reach anybody')
    must(given.EMAIL_FROM, 'EMAIL_FROM: is needed in production, the sender of every mail')
    must(
      !given.BASE_URL || given.BASE_URL.startsWith('https:') || isLoopback(given.BASE_URL),
      'BASE_URL: must start with https:// in production',
    )
    must(
      !hasGoogle || given.GOOGLE_ISSUER.startsWith('https:') || isLoopback(given.GOOGLE_ISSUER),
      'GOOGLE_ISSUER: must start with https:// in production',
    )
  }
  return problems
}

function toConfig(given: Variables) {
  const isProduction = given.NODE_ENV === 'production'
  const baseUrl = given.BASE_URL ?? `http://localhost:${given.PORT}`
  const isHttps = baseUrl.startsWith('https:')
  return {
    environment: given.NODE_ENV,
    isProduction,
    port: given.PORT,
    host: given.HOST ?? (isProduction ? '0.0.0.0' : 'localhost'),
    baseUrl,
    isHttps,
    dataDir: given.DATA_DIR,
    databaseUrl: given.DATABASE_URL ?? `file:${join(given.DATA_DIR, 'gatehouse.db')}`,
    redisUrl: given.REDIS_URL ?? null,
    /** The first signs and encrypts, all of them verify and decrypt. */
    secretKeys: given.SECRET_KEY ?? [],
    google:
      given.GOOGLE_CLIENT_ID && given.GOOGLE_CLIENT_SECRET
        ? {
            clientId: given.GOOGLE_CLIENT_ID,
            clientSecret: given.GOOGLE_CLIENT_SECRET,
            issuer: given.GOOGLE_ISSUER,
            redirectUri: given.GOOGLE_REDIRECT_URI ?? `${baseUrl}/auth/oauth/google/callback`,
          }
        : null,
    corsOrigins: given.CORS_ORIGINS,
    trustProxy: given.TRUST_PROXY ?? false,
    registration: given.REGISTRATION,
    passwordPolicy: given.PASSWORD_POLICY,
    session: {
      idleMs: given.SESSION_IDLE,
      absoluteMs: given.SESSION_ABSOLUTE,
      rememberMs: given.SESSION_REMEMBER,
      leaseMs: given.SESSION_LEASE,
      staleIfSqlDown: given.SESSION_STALE_IF_SQL_DOWN,
    },
    argon2: { memoryKib: given.ARGON2_MEMORY, passes: given.ARGON2_TIME },
    smtpUrl: given.SMTP_URL ?? null,
    emailFrom: given.EMAIL_FROM ?? `${given.PORTAL_NAME} <no-reply@${new URL(baseUrl).hostname}>`,
    portalName: given.PORTAL_NAME,
    logLevel: given.LOG_LEVEL,
  }
}

/** Development needs no answers: a missing SECRET_KEY is made once and kept in the data folder, readable by its owner only. */
export function withKeptSecretKey(config: Config): Config {
  if (config.secretKeys.length > 0) return config
  const path = join(config.dataDir, 'secret-key')
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(48).toString('base64')}\n`, { mode: 0o600 })
  return { ...config, secretKeys: [readFileSync(path, 'utf8').trim()] }
}

function isLoopback(address: string) {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(address).hostname)
}
