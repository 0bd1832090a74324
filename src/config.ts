import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Brand, toShades, usualShades } from './platform/brand.ts'
import { UNIT_MS, YEAR_MS } from './setting-shapes.ts'
import { type Variables, variables } from './settings.ts'

/** Where a password is the only factor (SP 800-63B-4 §3.1.1.2). */
const NIST_MIN_LENGTH = 15

export type Config = ReturnType<typeof toConfig>

export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: string[]
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** The environment, read once. Throws a ConfigError that names every setting that is wrong, each in its own sentence. */
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

/** Settings that are wrong only in combination. */
function findContradictions(given: Variables): [name: keyof Variables, sentence: string][] {
  const hasGoogle = Boolean(given.GOOGLE_CLIENT_ID || given.GOOGLE_CLIENT_SECRET)
  const isProduction = given.NODE_ENV === 'production'
  const hasMailServer = Boolean(given.SMTP_URL || given.SES_REGION)
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
    ['METRICS_PORT', given.METRICS_PORT !== given.PORT, 'must not be PORT'],
    [
      'EMAIL_VERIFICATION',
      !isOptional || given.REGISTRATION !== 'verify-first',
      'optional goes with REGISTRATION=open or closed: verify-first lets nobody in before the email is confirmed',
    ],
    [
      'SMTP_URL',
      !isProduction || isOptional || hasMailServer,
      'is needed in production (or SES_REGION), or nobody could confirm their email; EMAIL_VERIFICATION=optional does without',
    ],
    [
      'SES_REGION',
      given.SES_REGION === undefined || given.SMTP_URL === undefined,
      'cannot be set together with SMTP_URL: email is sent one way or the other',
    ],
    [
      'EMAIL_FROM',
      !isProduction || (isOptional && !hasMailServer) || given.EMAIL_FROM !== undefined,
      'is needed in production, the sender of every email',
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
  const hasMailServer = Boolean(given.SMTP_URL || given.SES_REGION)
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
    /** The first key signs and encrypts; all of them verify and decrypt. */
    secretKeys: given.SECRET_KEY ?? [],
    isSecretKeyGiven: given.SECRET_KEY !== undefined,
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
    /** Null where nobody may read metrics. On the port of the portal where they have none of their own. */
    metrics:
      given.METRICS_TOKEN || given.METRICS_PORT
        ? { token: given.METRICS_TOKEN ?? null, port: given.METRICS_PORT ?? null, host: given.METRICS_HOST }
        : null,
    /** Processes that share the port. Above 1 each takes its share of what is limited in memory. */
    workers: given.WORKERS,
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
      /** Only with HS256: there are no signing keys then, and every verifier must know this secret. */
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
    sesRegion: given.SES_REGION ?? null,
    /** To real mailboxes, or to the development page that shows what would have been sent. */
    sendsMail: hasMailServer || !isProduction,
    emailFrom:
      given.EMAIL_FROM ?? `${JSON.stringify(given.PORTAL_NAME)} <no-reply@${new URL(baseUrl).hostname}>`,
    portalName: given.PORTAL_NAME,
    brand: toBrand(given),
    mailboxShown: !isProduction && !hasMailServer && isLoopback(baseUrl),
    auditKeepMs: given.AUDIT_KEEP,
    geoipDatabase: given.GEOIP_DATABASE ?? null,
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

/** Other names that people type for this machine, on the same port. (On another port it is a proxy with a host name of its own.) */
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
