import { z } from 'zod'
import {
  color,
  databaseUrl,
  duration,
  emailAddress,
  isHost,
  list,
  onOff,
  origin,
  redisUrl,
  SECRET_KEY_MIN_LENGTH,
  sender,
  trustProxy,
  url,
  webPage,
  wholeNumber,
  workers,
} from './setting-shapes.ts'

const says = (description: string, unset?: string) => ({ description, unset })

/** Every setting: what it may be, what it is when unset, and what it does. docs/settings.md is made from this. */
export const groups = {
  'Where it runs': {
    NODE_ENV: z
      .enum(['development', 'test', 'production'], { error: 'must be development, test or production' })
      .default('development')
      .meta(
        says(
          '`development` is for your own machine: it shows every email at `/dev/mailbox`. `production` is for other people and needs `BASE_URL`, `SECRET_KEY`, `EMAIL_FROM` and `SMTP_URL` or `SES_REGION`',
        ),
      ),
    PORT: wholeNumber(3000, { min: 1, max: 65_535 }).meta(says('the port it listens on')),
    HOST: z
      .string()
      .refine(isHost, 'must be a name or an IP address')
      .optional()
      .meta(
        says(
          'the name or address it listens on; only a loopback address outside production',
          '`localhost`; every address in production',
        ),
      ),
    BASE_URL: origin
      .optional()
      .meta(
        says(
          'the address people type; links, cookies and the host check use it. In development it is on this machine',
          '`http://localhost:PORT`',
        ),
      ),
    TRUST_PROXY: trustProxy
      .optional()
      .meta(
        says(
          'the number of proxies in front (`1`) or their addresses (`10.0.0.0/8, loopback`). It decides who is trusted to name the client’s address',
        ),
      ),
    DRAIN_DELAY: duration('500ms').meta(
      says('how long new connections are still taken after a signal to stop; longer behind a load balancer'),
    ),
    WORKERS: workers.meta(
      says(
        'processes that share the port; `auto`: one for each core. [How they work together](operating.md#more-than-one-core)',
        '`1`',
      ),
    ),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
        error: 'must be fatal, error, warn, info, debug, trace or silent',
      })
      .default('info')
      .meta(says('how much is logged; `debug` also logs successful reads')),
  },
  'Who watches it': {
    METRICS_TOKEN: z
      .string()
      .min(SECRET_KEY_MIN_LENGTH, `must have at least ${SECRET_KEY_MIN_LENGTH} characters`)
      .regex(
        /^[\w~+/.-]+=*$/,
        'must be letters, digits and -._~+/ only; "openssl rand -base64 48" makes a good one',
      )
      .optional()
      .meta(
        says(
          'opens `/metrics` to whoever sends it as a bearer token, 32 characters or more. [What it shows](operating.md#metrics)',
          '`/metrics` is 404',
        ),
      ),
    METRICS_PORT: z.coerce
      .number({ error: 'must be a whole number' })
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(65_535, 'must be at most 65535')
      .optional()
      .meta(
        says(
          'serves `/metrics` on a port of its own instead, to whoever reaches it; with `METRICS_TOKEN` to whoever sends that, too',
        ),
      ),
    METRICS_HOST: z
      .string()
      .refine(isHost, 'must be a name or an IP address')
      .default('127.0.0.1')
      .meta(says('the name or address that `METRICS_PORT` listens on')),
  },
  'What it keeps': {
    DATA_DIR: z
      .string()
      .default('./data')
      .meta(
        says(
          'the folder for the SQLite file, the generated secret, unconfirmed sign-outs and compiled code. It is closed to everybody but its owner, and refused if others can write to it',
        ),
      ),
    DATABASE_URL: databaseUrl
      .optional()
      .meta(says('`file:…` for SQLite, or `postgresql://…`', '`file:./data/gatehouse.db`')),
    REDIS_URL: redisUrl
      .optional()
      .meta(
        says(
          '`redis://host`, or a cluster: `redis+cluster://host-a,host-b`, or sentinels and their name for the master: `redis+sentinel://host-a,host-b/mymaster`. `rediss…` for TLS. Without it, every session check asks SQL',
        ),
      ),
    SECRET_KEY: list
      .refine((keys) => keys.length > 0 && keys.every((key) => key.length >= SECRET_KEY_MIN_LENGTH), {
        error: `every key must have at least ${SECRET_KEY_MIN_LENGTH} characters; "openssl rand -base64 48" makes a good one`,
      })
      .optional()
      .meta(
        says(
          'signs cookies and encrypts what is stored: 32 characters or more. Add older keys after a comma and they still work',
          'made once, in `DATA_DIR`',
        ),
      ),
    AUDIT_KEEP: duration('400d').meta(says('how long the audit log keeps an event')),
    GEOIP_DATABASE: z
      .string()
      .optional()
      .meta(
        says(
          'a file in MaxMind’s format (GeoLite2 City or Country, DB-IP Lite): people then read in which place a device is. It is read at the start, and nothing is sent anywhere',
          'people read the network address',
        ),
      ),
  },
  'Who gets in': {
    REGISTRATION: z
      .enum(['verify-first', 'open', 'closed'], { error: 'must be verify-first, open or closed' })
      .default('verify-first')
      .meta(
        says(
          '`verify-first`: nobody signs in before confirming their email. `open`: people are signed in at once and can do little until they confirm. `closed`: nobody registers',
        ),
      ),
    EMAIL_VERIFICATION: z
      .enum(['required', 'optional'], { error: 'must be required or optional' })
      .default('required')
      .meta(
        says(
          '`optional`, for closed networks and first tries, goes with `REGISTRATION=open` or `closed`: an account may be used before its email is confirmed. The email then counts as claimed, never as proved: whoever Google speaks for takes it over, and nobody administers before confirming. `SMTP_URL` and `SES_REGION` may be missing in production; what needs email is then off and says so. Going back to `required` deletes accounts that were not confirmed a week after registering',
        ),
      ),
    PASSWORD_POLICY: z
      .enum(['strength', 'nist', 'classic'], { error: 'must be strength, nist or classic' })
      .default('strength')
      .meta(
        says(
          '`strength`: 8 to 128 characters, nothing common or guessable. `nist`: the same with at least 15 characters (SP 800-63B-4). `classic`: an upper-case letter, a lower-case letter, a digit and a special character, and nothing common',
        ),
      ),
    PASSWORD_MIN_LENGTH: wholeNumber(8, { min: 8, max: 64 }).meta(
      says('raises the least number of characters of each policy'),
    ),
    ARGON2_MEMORY: wholeNumber(19_456, { min: 19_456, max: 4_194_304 }).meta(
      says(
        'kibibytes that hashing a password with argon2id takes; older hashes are renewed at the next sign-in',
      ),
    ),
    ARGON2_TIME: wholeNumber(2, { min: 2, max: 100 }).meta(says('passes over that memory')),
    GOOGLE_CLIENT_ID: z
      .string()
      .optional()
      .meta(says('with `GOOGLE_CLIENT_SECRET`, puts “Sign in with Google” on the pages')),
    GOOGLE_CLIENT_SECRET: z.string().optional().meta(says('see `GOOGLE_CLIENT_ID`')),
    GOOGLE_REDIRECT_URI: url(['http:', 'https:'])
      .optional()
      .meta(says('the address registered at Google', '`BASE_URL/auth/oauth/google/callback`')),
    GOOGLE_ISSUER: url(['http:', 'https:'])
      .default('https://accounts.google.com')
      .meta(
        says(
          'Google, or any OpenID Connect provider with discovery. To confirm who they are with it, it must say when people signed in there (`auth_time`, where `max_age` was asked for)',
        ),
      ),
  },
  Sessions: {
    SESSION_IDLE: duration('7d').meta(says('a session ends when it has not been used for this long')),
    SESSION_ABSOLUTE: duration('24h').meta(says('and after this long in any case')),
    SESSION_REMEMBER: duration('30d').meta(says('the same with “Keep me signed in”')),
    SESSION_LEASE: duration('5s').meta(
      says('how long a copy in Redis is trusted without asking the database again'),
    ),
    SESSION_STALE_IF_SQL_DOWN: onOff('on').meta(
      says(
        '`on`: while the database is away, whoever was seen in the last 15 minutes stays signed in. `off`: they get a 503. [What that means](../README.md#a-sessions-life)',
      ),
    ),
  },
  'Tokens for programs': {
    CORS_ORIGINS: list
      .pipe(z.array(origin))
      .default([])
      .meta(says('origins of single-page apps that can call the API from a browser')),
    PASSWORD_GRANT: onOff('off').meta(
      says(
        '`on`: programs can exchange a name and password for tokens (RFC 6749 §4.3). Leave it off if you can',
      ),
    ),
    JWT_ALGORITHM: z
      .enum(['EdDSA', 'ES256', 'RS256', 'HS256'], { error: 'must be EdDSA, ES256, RS256 or HS256' })
      .default('EdDSA')
      .meta(
        says('how access tokens are signed: `EdDSA`, `ES256`, `RS256`, or `HS256` with `JWT_SECRET_KEY`'),
      ),
    JWT_SECRET_KEY: z
      .string()
      .min(SECRET_KEY_MIN_LENGTH, `must have at least ${SECRET_KEY_MIN_LENGTH} characters`)
      .optional()
      .meta(
        says(
          'only with `HS256`: shared by the portal and whoever verifies its tokens, 32 characters or more',
        ),
      ),
    JWT_ACCESS_TOKEN_EXPIRE_MINUTES: wholeNumber(10, { min: 1, max: 60 }).meta(
      says('how long an access token is valid'),
    ),
    JWT_AUDIENCE: z
      .string()
      .trim()
      .max(200, 'must have at most 200 characters')
      .optional()
      .meta(says('the `aud` of access tokens: the API they are meant for', '`BASE_URL`')),
    JWT_KEY_ROTATION: duration('30d').meta(says('how often a new signing key takes over')),
    REFRESH_TOKEN_EXPIRE_DAYS: wholeNumber(30, { min: 1, max: 365 }).meta(
      says('how long tokens can be refreshed, at most until the session ends'),
    ),
    REFRESH_TOKEN_GRACE: duration('10s').meta(
      says('how long a used refresh token returns the same successor, for retries; `0s` switches it off'),
    ),
  },
  Email: {
    SMTP_URL: url(['smtp:', 'smtps:'])
      .optional()
      .meta(
        says(
          '`smtp://user:password@host:587`. Without it, in development, emails are shown at `/dev/mailbox`',
        ),
      ),
    SES_REGION: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region of AWS, like eu-central-1')
      .optional()
      .meta(
        says(
          'sends through Amazon SES in this region, like `eu-central-1`, instead of `SMTP_URL`. Credentials come from where the AWS SDK always looks: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, a profile, or the role of the machine; they need `ses:SendEmail`',
        ),
      ),
    EMAIL_FROM: sender.optional().meta(says('the sender of every email, like `Example <login@example.com>`')),
  },
  Brand: {
    PORTAL_NAME: z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(60, 'must have at most 60 characters')
      .regex(/^\P{Cc}*$/u, 'must be one line of text')
      .default('Gatehouse')
      .meta(says('what the portal calls itself on its pages and in emails')),
    BRAND_COLOR: color
      .optional()
      .meta(says('`#rrggbb`, dark enough to read on white; the colour for dark mode follows from it')),
    LOGO_URL: webPage
      .optional()
      .meta(
        says(
          'an image instead of our mark; or put `logo.svg`, `logo.png` or `logo.webp` in `DATA_DIR`. Emails show only the name: they load no pictures',
        ),
      ),
    TERMS_URL: webPage.optional().meta(says('linked at the bottom of every page and email')),
    PRIVACY_URL: webPage.optional().meta(says('the same')),
    SUPPORT_EMAIL: emailAddress.optional().meta(says('the same')),
  },
} as const

export const variables = z.object({
  ...groups['Where it runs'],
  ...groups['Who watches it'],
  ...groups['What it keeps'],
  ...groups['Who gets in'],
  ...groups.Sessions,
  ...groups['Tokens for programs'],
  ...groups.Email,
  ...groups.Brand,
})

export type Variables = z.output<typeof variables>
