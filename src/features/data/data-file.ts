import { z } from 'zod'
import { EXAMPLE_SESSION_ID } from '../../domain/examples.ts'
import type { Rows } from '../../domain/user/held-data.repository.ts'
import { heldColumns } from '../../domain/user/held-data.ts'
import type { MyData } from './data.service.ts'

const time = z.iso.datetime().meta({ example: '2026-11-21T08:05:00.000Z' })
const maybeTime = z.iso.datetime().nullable().meta({ example: null })
const text = (example: string) => z.string().meta({ example })
const maybeText = (example: string | null) => z.string().nullable().meta({ example })

/** By the names of columns: equal names hold equal things. */
const columns = {
  id: text(EXAMPLE_SESSION_ID),
  email: text('ada@example.com'),
  emailVerifiedAt: maybeTime,
  username: maybeText('ada'),
  wantedUsername: maybeText(null),
  displayName: maybeText('Ada Lovelace'),
  role: z.enum(['user', 'admin']).meta({ example: 'user' }),
  isActive: z.boolean().meta({ example: true }),
  registeredAt: time,
  createdAt: time,
  updatedAt: time,
  deletesAt: maybeTime,
  failedSignIns: z.int().meta({ example: 0 }),
  unlinkedProviders: maybeText(null),
  deactivatedUntil: maybeTime,
  deactivationReason: maybeText(null),
  method: text('password'),
  remember: z.boolean().meta({ example: true }),
  ip: text('192.0.2.7'),
  userAgent: text('curl/8.5.0'),
  authenticatedAt: time,
  lastSeenAt: time,
  idleExpiresAt: time,
  expiresAt: time,
  revokedAt: maybeTime,
  revokeReason: maybeText(null),
  provider: text('google'),
  subject: text('108234567890123456789'),
  lastUsedAt: time,
  kind: text('reset-password'),
  returnTo: maybeText(null),
  sessionId: text(EXAMPLE_SESSION_ID),
  clientId: text('cli_Yx3kQ9vZr1mTb7LwHd5uPg'),
  scope: text('account:read offline_access'),
  recipient: text('ada@example.com'),
  template: text('verify-email'),
  sentAt: maybeTime,
  failedAt: maybeTime,
  at: time,
  action: text('session.started'),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .meta({ example: { method: 'password' } }),
} as const

const listOf = (names: readonly (keyof typeof columns)[]) => z.array(rowOf(names))

/** Everything held about a person, as they download it. */
export const dataFile = z
  .strictObject({
    portal: z.url().meta({ description: 'Where the account is.', example: 'https://accounts.example.com' }),
    made_at: time.meta({ description: 'When this file was made.' }),
    account: rowOf(heldColumns.User.shown),
    sessions: listOf(heldColumns.Session.shown),
    identities: listOf(heldColumns.Identity.shown).meta({ description: 'Providers linked to the account.' }),
    one_time_links: listOf(heldColumns.OneTimeLink.shown).meta({
      description: 'Links that were emailed and can still be used.',
    }),
    token_families: listOf(heldColumns.TokenFamily.shown).meta({
      description: 'Programs that got access from one of the sessions.',
    }),
    emails: listOf(heldColumns.OutgoingMail.shown).meta({ description: 'What was emailed to this address.' }),
    events: listOf(heldColumns.AuditEvent.shown).meta({ description: 'What happened to the account.' }),
  })
  .meta({ id: 'MyData', description: 'Everything the portal holds about one person, without secrets.' })

/** The file in pieces, so that nobody waits while somebody with a long history takes theirs along. */
export async function* writeDataFile({ held, portal, madeAt }: MyData): AsyncGenerator<string> {
  const head = { portal, made_at: madeAt.toISOString(), account: toRow(held.user) }
  yield JSON.stringify(head).slice(0, -1)
  yield* writeList('sessions', held.sessions)
  yield* writeList('identities', [held.identities])
  yield* writeList('one_time_links', [held.oneTimeLinks])
  yield* writeList('token_families', held.tokenFamilies)
  yield* writeList('emails', held.emails)
  yield* writeList('events', held.events)
  yield '\n}\n'
}

async function* writeList(name: keyof z.output<typeof dataFile>, pages: Rows | object[][]) {
  yield `,\n"${name}": [`
  let between = '\n'
  for await (const page of pages) {
    if (page.length > 0) yield between + page.map((row) => JSON.stringify(toRow(row))).join(',\n')
    if (page.length > 0) between = ',\n'
  }
  yield ']'
}

function rowOf(names: readonly (keyof typeof columns)[]) {
  return z.strictObject(Object.fromEntries(names.map((name) => [toName(name), columns[name]])))
}

function toRow(row: object): object {
  const toText = (value: unknown) => (value instanceof Date ? value.toISOString() : value)
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [toName(name), toText(value)]))
}

/** The API's way to write a name. */
function toName(column: string): string {
  if (column === 'revokeReason') return 'end_reason'
  return column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
