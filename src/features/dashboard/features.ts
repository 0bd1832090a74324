import { DAY_MS } from '../../domain/time.ts'
import type { Feature } from './status.ts'

export type Settings = {
  isHttps: boolean
  redisUrl: string | null
  isSecretKeyGiven: boolean
  isProofOptional: boolean
  sendsMail: boolean
  mailboxShown: boolean
  passwordPolicy: { name: 'strength' | 'nist' | 'classic'; minLength: number }
  passwordGrant: boolean
  auditKeepMs: number
  metrics: object | null
  trustProxy: number | string[] | boolean
  geoipDatabase: string | null
  session: { staleIfSqlDown: boolean }
  google: object | null
}

const AUDIT_KEEP_MS = 90 * DAY_MS

/** What protects people and what helps operators: whether it is on, and if not, how to turn it on. */
export function listFeatures(settings: Settings): Feature[] {
  const { passwordPolicy, trustProxy, session } = settings
  const days = Math.round(settings.auditKeepMs / DAY_MS)
  return [
    toFeature('https', 'HTTPS', settings.isHttps, {
      on: 'Browsers send cookies over HTTPS only.',
      off: 'Put a proxy with a certificate in front and set BASE_URL to its https:// address.',
    }),
    toFeature('redis', 'Redis', settings.redisUrl !== null, {
      on: 'Session checks are answered from Redis, and attempts are counted there for every process.',
      off: 'Every session check asks the database. Set REDIS_URL to let Redis answer.',
    }),
    toFeature('secret_key', 'A secret key of your own', settings.isSecretKeyGiven, {
      on: 'SECRET_KEY is set.',
      off: 'The key was made up and lies in DATA_DIR. Set SECRET_KEY to keep it where your other secrets are; put the present one after a comma.',
    }),
    toFeature('email', 'Email', settings.sendsMail && !settings.mailboxShown, {
      on: 'Email is sent to its readers.',
      off: 'Nobody gets email. Set SMTP_URL or SES_REGION.',
    }),
    toFeature('email_verification', 'Confirmed email', !settings.isProofOptional, {
      on: 'People confirm their email before they use an account.',
      off: 'Accounts work before their email is confirmed. Set EMAIL_VERIFICATION=required.',
    }),
    toFeature('password_policy', 'Password strength', passwordPolicy.name !== 'classic', {
      on: `Passwords have ${passwordPolicy.minLength} characters or more, and none is common or easy to guess (PASSWORD_POLICY=${passwordPolicy.name}).`,
      off: 'The rule is about kinds of characters. Set PASSWORD_POLICY to strength or nist to refuse what is easy to guess.',
    }),
    toFeature('password_grant_off', 'No passwords through programs', !settings.passwordGrant, {
      on: 'Programs can’t exchange a name and password for tokens.',
      off: 'Programs handle people’s passwords. Set PASSWORD_GRANT=off if none of yours has to.',
    }),
    toFeature('google', 'Sign in with Google', settings.google !== null, {
      on: 'People can sign in with Google.',
      off: 'Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
    }),
    toFeature('trust_proxy', 'Client addresses behind a proxy', trustProxy !== false, {
      on: `TRUST_PROXY believes ${toWords(trustProxy)} about where a request came from.`,
      off: 'The address of whoever connects counts. Behind a proxy that is the proxy’s, for everybody: set TRUST_PROXY.',
    }),
    toFeature('stale_sessions', 'Signed in while the database is down', session.staleIfSqlDown, {
      on: 'Whoever was seen in the last 15 minutes stays signed in.',
      off: 'They get a 503. Set SESSION_STALE_IF_SQL_DOWN=on if you would rather let them go on.',
    }),
    toFeature('audit_keep', 'A long audit log', settings.auditKeepMs >= AUDIT_KEEP_MS, {
      on: `It keeps events for ${days} days.`,
      off: `It keeps events for ${days} days only. Set AUDIT_KEEP to 90d or more: break-ins are often noticed late.`,
    }),
    toFeature('metrics', 'Metrics', settings.metrics !== null, {
      on: 'Prometheus can read /metrics.',
      off: 'Set METRICS_TOKEN, and Prometheus can read /metrics and wake somebody up.',
    }),
    toFeature('geoip', 'Places', settings.geoipDatabase !== null, {
      on: 'People read in which place a device is.',
      off: 'People read network addresses. Set GEOIP_DATABASE to name the place.',
    }),
  ]
}

function toFeature(
  name: string,
  title: string,
  isOn: boolean,
  { on, off }: { on: string; off: string },
): Feature {
  return { name, title, is_on: isOn, text: isOn ? on : off }
}

function toWords(trustProxy: Settings['trustProxy']): string {
  if (typeof trustProxy === 'object') return trustProxy.join(', ')
  return trustProxy === 1 ? 'the nearest proxy' : `the nearest ${trustProxy} proxies`
}
