import { z } from 'zod'
import type { LoggedEvent } from '../../domain/audit-event/audit-log.ts'
import { toPlaceText } from '../../domain/audit-event/history.ts'
import { toDetailWords, toTitle } from '../../domain/audit-event/log-words.ts'
import { EXAMPLE_USER_ID } from '../../domain/examples.ts'
import type { AuditPage } from './audit.service.ts'

const someone = z.string().nullable()

export const loggedEvent = z.object({
  id: z.string().meta({ example: '0b8f3a52-6c1d-4e0f-9a57-2d94c1be7f10' }),
  at: z.iso.datetime().meta({ example: '2026-11-21T08:05:00.000Z' }),
  action: z.string().meta({ description: 'What happened, for programs.', example: 'session.started' }),
  title: z.string().meta({ description: 'What happened, in words.', example: 'Signed in' }),
  actor_id: someone.meta({
    description: 'Who did it. Null for whoever is not known, and for the portal and its command line.',
    example: EXAMPLE_USER_ID,
  }),
  subject_id: someone.meta({
    description: 'Whose account it happened to. `deleted` for an account that is gone.',
    example: EXAMPLE_USER_ID,
  }),
  ip: z.string().meta({ description: 'Where it came from.', example: '192.0.2.7' }),
  user_agent: z.string().meta({ example: 'curl/8.5.0' }),
  request_id: z.string().meta({ description: 'The same as in the log.', example: '7f9c24e5' }),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .meta({ example: { method: 'password' } }),
  count: z.int().meta({ description: 'How often, where only the number is kept.', example: 1 }),
  batch: z.int().nullable().meta({ description: 'The batch it is sealed in. Null until then.', example: 12 }),
})

export const auditPage = z.object({
  events: z.array(loggedEvent),
  per_page: z.int().meta({ description: 'The most events on a page.', example: 25 }),
  next: z.string().nullable().meta({
    description: 'Send it as `after` to get the next page. Null on the last page.',
    example: '1795248300000.MGI4ZjNhNTI',
  }),
})

export function toLoggedEvent(event: LoggedEvent): z.output<typeof loggedEvent> {
  return {
    id: event.id,
    at: event.at.toISOString(),
    action: event.action,
    title: toTitle(event.action),
    actor_id: event.actorId,
    subject_id: event.subjectId,
    ip: event.ip,
    user_agent: event.userAgent,
    request_id: event.requestId,
    details: event.details,
    count: event.count,
    batch: event.batch,
  }
}

export function toAuditPage({ events, next }: AuditPage, perPage: number): z.output<typeof auditPage> {
  return { events: events.map(toLoggedEvent), per_page: perPage, next: next && toPlaceText(next) }
}

/** With the names that an administrator knows people by. */
export function toShownEvents({ events, emails }: AuditPage) {
  const toPerson = (id: string | null) => id && { id, name: emails.get(id) ?? id, isThere: emails.has(id) }
  return events.map((event) => ({
    ...toLoggedEvent(event),
    words: toDetailWords(event.action, event.details),
    actor: toPerson(event.actorId),
    subject: toPerson(event.subjectId),
  }))
}

/** JSON lines: one event a line. */
export async function* writeAuditLines(pages: AsyncIterable<LoggedEvent[]>): AsyncIterable<string> {
  for await (const page of pages)
    yield page.map((event) => `${JSON.stringify(toLoggedEvent(event))}\n`).join('')
}
