import { z } from 'zod'

const count = z.int().min(0)
const seconds = z.number().min(0)
const unreadable = '`null` while the database cannot be asked.'

const stretch = z.object({
  from: z.iso.datetime().meta({ description: 'When it began; it lasts an hour or a day.' }),
  succeeded: count.meta({ example: 41 }),
  failed: count.meta({
    description: 'Wrong passwords, unknown names and accounts that may not sign in.',
    example: 3,
  }),
})

const key = z.object({
  id: z.string().meta({ example: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k' }),
  state: z.enum(['next', 'active', 'verify-only', 'gone']),
  age_seconds: seconds.meta({ description: 'Since it was made.', example: 86_400 }),
})

const feature = z.object({
  name: z.string().meta({ example: 'redis' }),
  is_on: z.boolean(),
  title: z.string().meta({ example: 'Redis' }),
  text: z.string().meta({
    description: 'What it does, or how to turn it on.',
    example: 'Session checks are answered from Redis, without SQL.',
  }),
})

const clientAddress = z.object({
  peer: z.string().meta({ description: 'Who opened the connection.', example: '10.0.0.5' }),
  forwarded: z
    .array(z.string())
    .meta({ description: 'What `X-Forwarded-For` said, nearest last.', example: ['203.0.113.7'] }),
  trusted_hops: count.meta({ description: 'How many of them `TRUST_PROXY` believes.', example: 1 }),
  result: z
    .string()
    .meta({ description: 'Where this request counts as coming from.', example: '203.0.113.7' }),
  warnings: z.array(z.string()).meta({ example: [] }),
})

export const status = z
  .object({
    as_of: z.iso.datetime(),
    users: z
      .object({ total: count.meta({ example: 1_204 }) })
      .nullable()
      .meta({ description: unreadable }),
    sessions: z
      .object({ active: count.meta({ example: 316 }) })
      .nullable()
      .meta({ description: unreadable }),
    sign_ins: z
      .object({
        succeeded_24h: count.meta({ example: 512 }),
        failed_24h: count.meta({ example: 38 }),
        by_hour: z.array(stretch).meta({ description: '24 hours, the present one last.' }),
        by_day: z.array(stretch).meta({ description: '30 days of 24 hours, the one until now last.' }),
      })
      .nullable()
      .meta({ description: unreadable }),
    tokens: z.object({
      validation: z.enum(['ok', 'failed', 'unknown']).meta({
        description:
          '`ok`: a token signed just now was verified with nothing but the published keys. `unknown`: the keys cannot be read.',
      }),
      keys: z.array(key).nullable().meta({ description: unreadable }),
      access_token_seconds: seconds.meta({ description: 'How long an access token is valid.', example: 600 }),
      refreshing_seconds: seconds.nullable().meta({
        description:
          'How long programs go on refreshing: from the exchange to the last use, on average, of the refresh tokens used within 7 days. `null` without any.',
        example: 259_200,
      }),
    }),
    email: z
      .object({
        waiting: count.meta({ description: 'Due and not sent yet.', example: 0 }),
        oldest_age_seconds: seconds.meta({ description: '0 without any.', example: 0 }),
      })
      .nullable()
      .meta({ description: unreadable }),
    password_checks: z.object({
      running: count.meta({ example: 1 }),
      waiting: count.meta({ example: 0 }),
      refused: count.meta({ description: 'Sent away with 503 since this process started.', example: 0 }),
    }),
    stores: z.object({
      sql: z.enum(['ok', 'down']),
      redis: z.enum(['ok', 'down', 'none']).meta({ description: '`none`: the portal uses none.' }),
    }),
    features: z.array(feature),
    client_address: clientAddress,
  })
  .meta({ id: 'Status', description: 'How the portal is doing.' })

export type Status = z.output<typeof status>
export type Feature = z.output<typeof feature>
export type Stretch = z.output<typeof stretch>
