import { z } from 'zod'
import { heldColumns } from '../../domain/user/held-data.ts'
import type { MyData } from './data.service.ts'

const time = z.iso.datetime()
const maybeTime = time.nullable()
const text = z.string()
const maybeText = text.nullable()

/** By the names of columns: equal names hold equal things. */
const columns = {
  id: text,
  email: text,
  emailVerifiedAt: maybeTime,
  username: maybeText,
  wantedUsername: maybeText,
  displayName: maybeText,
  role: z.enum(['user', 'admin']),
  isActive: z.boolean(),
  registeredAt: time,
  createdAt: time,
  updatedAt: time,
  method: text,
  remember: z.boolean(),
  ip: text,
  userAgent: text,
  authenticatedAt: time,
  lastSeenAt: time,
  idleExpiresAt: time,
  expiresAt: time,
  revokedAt: maybeTime,
  revokeReason: maybeText,
  provider: text,
  subject: text,
  lastUsedAt: time,
  kind: text,
  returnTo: maybeText,
  sessionId: text,
  clientId: text,
  scope: text,
  recipient: text,
  template: text,
  sentAt: maybeTime,
  failedAt: maybeTime,
  at: time,
  action: text,
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
} as const

const listOf = (names: readonly (keyof typeof columns)[]) => z.array(rowOf(names))

/** Everything held about a person, as they download it. */
export const dataFile = z
  .strictObject({
    portal: z.url().meta({ description: 'Where the account is.' }),
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

export function toDataFile({ held, portal, madeAt }: MyData): z.output<typeof dataFile> {
  const { sessions, identities, oneTimeLinks, tokenFamilies, emails, events, ...account } = held
  const told = events.map((event) => ({ ...event, details: JSON.parse(event.details) }))
  return {
    portal,
    made_at: madeAt.toISOString(),
    account: toRow(account),
    sessions: sessions.map(toRow),
    identities: identities.map(toRow),
    one_time_links: oneTimeLinks.map(toRow),
    token_families: tokenFamilies.map(toRow),
    emails: emails.map(toRow),
    events: told.map(toRow),
  } as unknown as z.output<typeof dataFile>
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
  return column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
