import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { findColorProblem } from './platform/brand.ts'

export const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
export const YEAR_MS = 365 * UNIT_MS.d
export const SECRET_KEY_MIN_LENGTH = 32

/** "500ms", "90s", "15m", "24h", "7d" → milliseconds. */
export const duration = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,5}(ms|[smhd])$/, 'write a number and a unit, like 90s, 15m, 24h or 7d')
    .default(fallback)
    .transform((text) => {
      const [, amount, unit] = /^(\d+)(\w+)$/.exec(text) ?? []
      return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
    })

export const wholeNumber = (fallback: number, { min, max }: { min: number; max: number }) =>
  z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback)

/** "auto" → as many as cores. */
export const workers = z
  .string()
  .regex(/^(auto|[1-9]|[1-5]\d|6[0-4])$/, 'must be a number from 1 to 64, or auto')
  .default('1')
  .transform((text) => (text === 'auto' ? availableParallelism() : Number(text)))

export const onOff = (fallback: 'on' | 'off') =>
  z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .default(fallback)
    .transform((word) => word === 'on')

export const url = (protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  })

/** An origin, written back without a trailing slash. */
export const origin = url(['http:', 'https:'])
  .refine((text) => URL.canParse(text) && new URL(text).pathname === '/' && !new URL(text).search, {
    error: 'must be only a scheme, a host and a port, without a path',
  })
  .transform((text) => (URL.canParse(text) ? new URL(text).origin : text))

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

export const databaseUrl = url(['file:', 'postgresql:', 'postgres:']).refine(
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
export const redisUrl = z
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
export const sender = z
  .string()
  .trim()
  .max(254, 'must have at most 254 characters')
  .regex(
    /^([^<>\p{Cc}]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u,
    'must be an address, like Example <login@example.com>',
  )

/** An address for people, written back as browsers write it. */
export const webPage = url(['https:', 'http:'])
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', 'must not hold a user name')
  .transform((text) => (URL.canParse(text) ? new URL(text).href : text))

export const emailAddress = z
  .string()
  .trim()
  .max(254, 'must have at most 254 characters')
  .regex(/^[^<>@\s"?&%]+@[^<>@\s"?&%]+$/, 'must be an email address, like help@example.com')

export const color = z
  .string()
  .trim()
  .regex(/^#[0-9a-f]{6}$/i, { error: 'must be a colour like #3a53c5', abort: true })
  .superRefine((text, context) => {
    const problem = findColorProblem(text)
    if (problem) context.addIssue(problem)
  })

export const isHost = (text: string) => isIP(text) > 0 || /^[a-z0-9.-]+$/i.test(text)

/** Hops ("1") or the addresses of the proxies ("10.0.0.0/8, loopback"): Express' `trust proxy`. */
export const trustProxy = z.string().transform((text, context): number | string[] => {
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
