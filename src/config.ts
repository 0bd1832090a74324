import { isIP } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { type Brand, findColorProblem, toShades, usualShades } from './platform/brand.ts'

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const YEAR_MS = 365 * UNIT_MS.d
const SECRET_KEY_MIN_LENGTH = 32
/** Where a password is the only factor (SP 800-63B-4 §3.1.1.2). */
const NIST_MIN_LENGTH = 15

/** "500ms", "90s", "15m", "24h", "7d" → milliseconds. */
const duration = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,5}(ms|[smhd])$/, 'write a number and a unit, like 90s, 15m, 24h or 7d')
    .default(fallback)
    .transform((text) => {
      const [, amount, unit] = /^(\d+)(\w+)$/.exec(text) ?? []
      return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
    })

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

const databaseUrl = url(['file:', 'postgresql:', 'postgres:']).refine(
  (text) => !/^file:($|:memory:)/.test(text),
  'must name a file, like file:./data/gatehouse.db',
)

const HOST = String.raw`(\[[\w:.]+\]|[\w.-]+)(:\d{1,5})?`
const LOGIN_AND_HOSTS = String.raw`(([^@/?#\s%]|%[\dA-Fa-f]{2})*@)?${HOST}(,${HOST})*`
const REDIS_CLUSTER = new RegExp(String.raw`^rediss?\+cluster://${LOGIN_AND_HOSTS}/?$`)
const REDIS_SENTINEL = new RegExp(
  String.raw`^rediss?\+sentinel://${LOGIN_AND_HOSTS}/[\w.-]+(/\d{1,3})?(\?sentinel_password=[^&#\s]+)?$`,
)

/** One Redis, some nodes of a cluster, or the sentinels and what they call the master. */
const redisUrl = z
  .string()
  .refine(
    (text) =>
      REDIS_CLUSTER.test(text) ||
      REDIS_SENTINEL.test(text) ||
      (/^rediss?:\/\//.test(text) && URL.canParse(text)),
    {
      error:
        'must be an address like redis://host:6379, redis+cluster://host-a:6379,host-b:6379 or redis+sentinel://host-a:26379,host-b:26379/mymaster',
    },
  )

/** "login@example.com" or "Example <login@example.com>". */
const sender = z
  .string()
  .trim()
  .max(254, 'must have at most 254 characters')
  .regex(
    /^([^<>\p{Cc}]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u,
    'must be an address, like Example <login@example.com>',
  )

/** An address for people, written back as browsers write it. */
const webPage = url(['https:', 'http:'])
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', 'must not hold a user name')
  .transform((text) => (URL.canParse(text) ? new URL(text).href : text))

const emailAddress = z
  .string()
  .trim()
  .max(254, 'must have at most 254 characters')
  .regex(/^[^<>@\s"?&%]+@[^<>@\s"?&%]+$/, 'must be an email address, like help@example.com')

const color = z
  .string()
  .trim()
  .regex(/^#[0-9a-f]{6}$/i, { error: 'must be a colour like #3a53c5', abort: true })
  .superRefine((text, context) => {
    const problem = findColorProblem(text)
    if (problem) context.addIssue(problem)
  })

/** Hops ("1") or the addresses of the proxies ("10.0.0.0/8, loopback"): Express' `trust proxy`. */
const trustProxy = z.string().transform((text, context): number | string[] => {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const parts = text.split(',').map((part) => part.trim())
  if (!parts.every((part) => ['loopback', 'linklocal', 'uniquelocal'].includes(part) || isNetwork(part)))
    context.addIssue('must be a number of hops or a list of addresses and networks')
  return parts
})

function isNetwork(text: string) {
  const [, address = '', prefix = '1'] = /^([\d.a-f:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? 0
  return Number(prefix) >= 1 && Number(prefix) <= bits
}

const variables = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], {
      error: 'must be development, test or production',
    })
    .default('development'),
  PORT: wholeNumber(3000, { min: 1, max: 65_535 }),
  HOST: z
    .string()
    .refine((text) => isIP(text) > 0 || /^[a-z0-9.-]+$/i.test(text), 'must be a name or an IP address')
    .optional(),
  BASE_URL: origin.optional(),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: redisUrl.optional(),
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
  DRAIN_DELAY: duration('500ms'),
  REGISTRATION: z
    .enum(['verify-first', 'open', 'closed'], { error: 'must be verify-first, open or closed' })
    .default('verify-first'),
  EMAIL_VERIFICATION: z
    .enum(['required', 'optional'], { error: 'must be required or optional' })
    .default('required'),
  PASSWORD_POLICY: z
    .enum(['strength', 'nist', 'classic'], { error: 'must be strength, nist or classic' })
    .default('strength'),
  PASSWORD_MIN_LENGTH: wholeNumber(8, { min: 8, max: 64 }),
  PASSWORD_GRANT: onOff('off'),
  JWT_ALGORITHM: z
    .enum(['EdDSA', 'ES256', 'RS256', 'HS256'], { error: 'must be EdDSA, ES256, RS256 or HS256' })
    .default('EdDSA'),
  JWT_SECRET_KEY: z
    .string()
    .min(SECRET_KEY_MIN_LENGTH, `must have at least ${SECRET_KEY_MIN_LENGTH} characters`)
    .optional(),
  JWT_ACCESS_TOKEN_EXPIRE_MINUTES: wholeNumber(10, { min: 1, max: 60 }),
  JWT_AUDIENCE: z.string().trim().max(200, 'must have at most 200 characters').optional(),
  JWT_KEY_ROTATION: duration('30d'),
  REFRESH_TOKEN_EXPIRE_DAYS: wholeNumber(30, { min: 1, max: 365 }),
  REFRESH_TOKEN_GRACE: duration('10s'),
  SESSION_IDLE: duration('7d'),
  SESSION_ABSOLUTE: duration('24h'),
  SESSION_REMEMBER: duration('30d'),
  SESSION_LEASE: duration('5s'),
  SESSION_STALE_IF_SQL_DOWN: onOff('on'),
  ARGON2_MEMORY: wholeNumber(19_456, { min: 19_456, max: 4_194_304 }),
  ARGON2_TIME: wholeNumber(2, { min: 2, max: 100 }),
  SMTP_URL: url(['smtp:', 'smtps:']).optional(),
  EMAIL_FROM: sender.optional(),
  PORTAL_NAME: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(60, 'must have at most 60 characters')
    .regex(/^\P{Cc}*$/u, 'must be one line of text')
    .default('Gatehouse'),
  BRAND_COLOR: color.optional(),
  LOGO_URL: webPage.optional(),
  TERMS_URL: webPage.optional(),
  PRIVACY_URL: webPage.optional(),
  SUPPORT_EMAIL: emailAddress.optional(),
  AUDIT_KEEP: duration('400d'),
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

/** The environment, read once. Throws a ConfigError that names every setting that is wrong, each in a sentence of its own. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  const parsed = variables.safeParse(given)
  const mistakes = new Map(
    parsed.error?.issues.toReversed().map(({ path, message }) => [String(path[0]), message]),
  )
  const usable = Object.fromEntries(Object.entries(given).filter(([name]) => !mistakes.has(name)))
  const settings = parsed.success ? parsed.data : variables.parse(usable)

  const contradictions = findContradictions(settings).filter(([name]) => !mistakes.has(name))
  const problems = [...mistakes, ...contradictions].map(([name, sentence]) => `${name}: ${sentence}`)
  if (problems.length > 0) throw new ConfigError(problems)
  return toConfig(settings)
}

/** What is wrong only together with something else. */
function findContradictions(given: Variables): [name: keyof Variables, sentence: string][] {
  const hasGoogle = Boolean(given.GOOGLE_CLIENT_ID || given.GOOGLE_CLIENT_SECRET)
  const isProduction = given.NODE_ENV === 'production'
  const isOptional = given.EMAIL_VERIFICATION === 'optional'
  const isSafe = (address: string) => address.startsWith('https:') || isLoopback(address)
  const isOurs = (address: string) => new URL(address).origin === toBaseUrl(given)

  const rules: [keyof Variables, boolean, string][] = [
    ['SESSION_LEASE', isBetween(given.SESSION_LEASE, 1_000, 60_000), 'must be between 1s and 60s'],
    ['SESSION_IDLE', isBetween(given.SESSION_IDLE, UNIT_MS.m, YEAR_MS), 'must be between 1m and 365d'],
    [
      'SESSION_ABSOLUTE',
      isBetween(given.SESSION_ABSOLUTE, UNIT_MS.m, YEAR_MS),
      'must be between 1m and 365d',
    ],
    [
      'SESSION_REMEMBER',
      isBetween(given.SESSION_REMEMBER, UNIT_MS.m, YEAR_MS),
      'must be between 1m and 365d',
    ],
    ['DRAIN_DELAY', isBetween(given.DRAIN_DELAY, 0, 5 * UNIT_MS.m), 'must be at most 5m'],
    [
      'JWT_KEY_ROTATION',
      isBetween(given.JWT_KEY_ROTATION, UNIT_MS.d, YEAR_MS),
      'must be between 1d and 365d',
    ],
    [
      'REFRESH_TOKEN_GRACE',
      isBetween(given.REFRESH_TOKEN_GRACE, 0, 60_000),
      'must be at most 60s; 0s switches it off',
    ],
    ['AUDIT_KEEP', isBetween(given.AUDIT_KEEP, UNIT_MS.d, 10 * YEAR_MS), 'must be between 1d and 3650d'],
    [
      'JWT_SECRET_KEY',
      given.JWT_ALGORITHM !== 'HS256' || given.JWT_SECRET_KEY !== undefined,
      'is needed for HS256; "openssl rand -base64 48" makes a good one',
    ],
    [
      'JWT_SECRET_KEY',
      given.JWT_ALGORITHM === 'HS256' || given.JWT_SECRET_KEY === undefined,
      'is used with JWT_ALGORITHM=HS256 only',
    ],
    [
      'GOOGLE_CLIENT_ID',
      !hasGoogle || Boolean(given.GOOGLE_CLIENT_ID),
      'is missing although GOOGLE_CLIENT_SECRET is set',
    ],
    [
      'GOOGLE_CLIENT_SECRET',
      !hasGoogle || Boolean(given.GOOGLE_CLIENT_SECRET),
      'is missing although GOOGLE_CLIENT_ID is set',
    ],
    [
      'GOOGLE_REDIRECT_URI',
      !given.GOOGLE_REDIRECT_URI || isOurs(given.GOOGLE_REDIRECT_URI),
      'must be on the same scheme, host and port as BASE_URL',
    ],
    [
      'GOOGLE_ISSUER',
      !isProduction || !hasGoogle || isSafe(given.GOOGLE_ISSUER),
      'must start with https:// in production',
    ],
    [
      'LOGO_URL',
      !isProduction || given.LOGO_URL === undefined || isSafe(given.LOGO_URL),
      'must start with https:// in production',
    ],
    [
      'SECRET_KEY',
      !isProduction || given.SECRET_KEY !== undefined,
      'is needed in production; "openssl rand -base64 48" makes a good one',
    ],
    [
      'BASE_URL',
      given.NODE_ENV !== 'development' || isLoopback(toBaseUrl(given)),
      'must be on this machine in development, like http://localhost:3000: everybody can read every email there. For others, set NODE_ENV=production',
    ],
    [
      'HOST',
      isProduction || given.HOST === undefined || isLoopbackHost(given.HOST),
      'must be localhost, 127.0.0.1 or ::1, except in production: everybody can read every email there. For others, set NODE_ENV=production',
    ],
    [
      'BASE_URL',
      !isProduction || given.BASE_URL !== undefined,
      'is needed in production, the address that people type, like https://login.example.com',
    ],
    [
      'BASE_URL',
      !isProduction || given.BASE_URL === undefined || isSafe(given.BASE_URL),
      'must start with https:// in production',
    ],
    [
      'EMAIL_VERIFICATION',
      !isOptional || given.REGISTRATION !== 'verify-first',
      'optional goes with REGISTRATION=open or closed: verify-first lets nobody in before the email is confirmed',
    ],
    [
      'SMTP_URL',
      !isProduction || isOptional || given.SMTP_URL !== undefined,
      'is needed in production, or nobody could confirm their email; EMAIL_VERIFICATION=optional does without',
    ],
    [
      'EMAIL_FROM',
      !isProduction || (isOptional && !given.SMTP_URL) || given.EMAIL_FROM !== undefined,
      'is needed in production, the sender of every mail',
    ],
  ]
  return rules.filter(([, holds]) => !holds).map(([name, , sentence]) => [name, sentence])
}

function isBetween(value: number, least: number, most: number) {
  return value >= least && value <= most
}

function toConfig(given: Variables) {
  const isProduction = given.NODE_ENV === 'production'
  const baseUrl = toBaseUrl(given)
  const isHttps = baseUrl.startsWith('https:')
  return {
    environment: given.NODE_ENV,
    isProduction,
    port: given.PORT,
    host: given.HOST ?? (isProduction ? '0.0.0.0' : 'localhost'),
    baseUrl,
    isHttps,
    otherHosts: listOtherHosts(baseUrl),
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
    drainDelayMs: given.DRAIN_DELAY,
    registration: given.REGISTRATION,
    isProofOptional: given.EMAIL_VERIFICATION === 'optional',
    passwordPolicy: {
      name: given.PASSWORD_POLICY,
      minLength: Math.max(given.PASSWORD_MIN_LENGTH, given.PASSWORD_POLICY === 'nist' ? NIST_MIN_LENGTH : 0),
    },
    session: {
      idleMs: given.SESSION_IDLE,
      absoluteMs: given.SESSION_ABSOLUTE,
      rememberMs: given.SESSION_REMEMBER,
      leaseMs: given.SESSION_LEASE,
      staleIfSqlDown: given.SESSION_STALE_IF_SQL_DOWN,
    },
    accessTokens: {
      algorithm: given.JWT_ALGORITHM,
      /** Only with HS256: then there are no signing keys, and who verifies must know it. */
      sharedSecret: given.JWT_SECRET_KEY ?? null,
      lifetimeMs: given.JWT_ACCESS_TOKEN_EXPIRE_MINUTES * UNIT_MS.m,
      audience: given.JWT_AUDIENCE ?? baseUrl,
      keyRotationMs: given.JWT_KEY_ROTATION,
    },
    refreshTokens: {
      familyLifetimeMs: given.REFRESH_TOKEN_EXPIRE_DAYS * UNIT_MS.d,
      graceMs: given.REFRESH_TOKEN_GRACE,
    },
    passwordGrant: given.PASSWORD_GRANT,
    argon2: { memoryKib: given.ARGON2_MEMORY, passes: given.ARGON2_TIME },
    smtpUrl: given.SMTP_URL ?? null,
    /** To mailboxes, or to the page that shows what would have been sent. */
    sendsMail: Boolean(given.SMTP_URL) || !isProduction,
    emailFrom:
      given.EMAIL_FROM ?? `${JSON.stringify(given.PORTAL_NAME)} <no-reply@${new URL(baseUrl).hostname}>`,
    portalName: given.PORTAL_NAME,
    brand: toBrand(given),
    mailboxShown: !isProduction && !given.SMTP_URL && isLoopback(baseUrl),
    auditKeepMs: given.AUDIT_KEEP,
    logLevel: given.LOG_LEVEL,
  }
}

function toBrand(given: Variables): Brand {
  return {
    color: given.BRAND_COLOR ?? null,
    shades: given.BRAND_COLOR ? toShades(given.BRAND_COLOR) : usualShades,
    logoUrl: given.LOGO_URL ?? null,
    termsUrl: given.TERMS_URL ?? null,
    privacyUrl: given.PRIVACY_URL ?? null,
    supportEmail: given.SUPPORT_EMAIL ?? null,
  }
}

function toBaseUrl({ BASE_URL, PORT }: Pick<Variables, 'BASE_URL' | 'PORT'>) {
  return BASE_URL ?? `http://localhost:${PORT}`
}

/** Other names of this machine that people type: their port is the same, else it is a proxy that names its own host. */
function listOtherHosts(baseUrl: string): string[] {
  if (!isLoopback(baseUrl)) return []
  return ['localhost', '127.0.0.1', '[::1]'].map((hostname) => {
    const other = new URL(baseUrl)
    other.hostname = hostname
    return other.host
  })
}

function isLoopback(address: string) {
  return isLoopbackHost(new URL(address).hostname)
}

/** Reaches nobody but this machine (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase()
  if (isIP(name) === 4) return name.startsWith('127.')
  return ['localhost', '::1', '[::1]'].includes(name) || name.endsWith('.localhost')
}
