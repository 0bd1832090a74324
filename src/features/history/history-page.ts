import { z } from 'zod'
import { toPlaceText } from '../../domain/audit-event/history.ts'
import { toDeviceName } from '../../domain/session/device-name.ts'
import type { HistoryPage } from './history.service.ts'

const publicEntry = z.object({
  id: z.string().meta({ example: '0b8f3a52-6c1d-4e0f-9a57-2d94c1be7f10' }),
  at: z.iso.datetime().meta({ example: '2026-11-21T08:05:00.000Z' }),
  action: z.string().meta({ description: 'What happened, for programs.', example: 'session.started' }),
  text: z.string().meta({ description: 'What happened, in words.', example: 'Signed in with a password.' }),
  by: z
    .enum(['owner', 'administrator', 'unknown'])
    .meta({ description: 'Who did it. `unknown` for a sign-in that was refused.', example: 'owner' }),
  device: z.string().nullable().meta({
    description: 'The device, in words. Null where an administrator did it.',
    example: 'Firefox on Linux',
  }),
  place: z.string().nullable().meta({
    description: 'The place its IP address is in, if the portal can tell.',
    example: 'Zürich, Switzerland',
  }),
  ip: z.string().meta({ description: 'Empty where an administrator did it.', example: '192.0.2.7' }),
  user_agent: z.string().meta({ description: 'Empty where an administrator did it.', example: 'curl/8.5.0' }),
})

export const historyPage = z.object({
  events: z.array(publicEntry),
  per_page: z.int().meta({ description: 'The most events on a page.', example: 25 }),
  next: z.string().nullable().meta({
    description: 'Send it as `after` to get the next page. Null on the last page.',
    example: '1795248300000.0b8f3a52-6c1d-4e0f-9a57-2d94c1be7f10',
  }),
})

/** A page of somebody's history, as both faces show it. */
export function toHistoryPage({ entries, next }: HistoryPage, perPage: number): z.output<typeof historyPage> {
  const events = entries.map(({ at, userAgent, ...entry }) => ({
    id: entry.id,
    at: at.toISOString(),
    action: entry.action,
    text: entry.text,
    by: entry.by,
    device: entry.by === 'administrator' ? null : toDeviceName(userAgent),
    place: entry.place,
    ip: entry.ip,
    user_agent: userAgent,
  }))
  return { events, per_page: perPage, next: next && toPlaceText(next) }
}
