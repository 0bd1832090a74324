import { z } from 'zod'
import { ACTIONS } from '../../domain/audit-event/log-words.ts'
import { DAY_MS, later } from '../../domain/time.ts'
import { perPageField } from '../../http/paging.ts'
import { LAST_MS, placeField } from '../../http/place.ts'

const TEXT_LENGTH = 254
const A_DAY = /^\d{4}-\d{2}-\d{2}$/

const textField = z
  .string({ error: 'Use one text.' })
  .max(TEXT_LENGTH, `Use ${TEXT_LENGTH} characters or fewer.`)
  .refine((typed) => typed.isWellFormed() && !/\p{Cc}/u.test(typed), 'That has a character we can’t use.')
  .transform((typed) => typed.trim().toLowerCase() || null)

const personField = textField.meta({ description: 'An id, an email or a username.', example: 'ada' })

/** A day as it is in UTC, or a moment. */
const timeField = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'Use a day like 2026-11-21, or a time like 2026-11-21T08:00:00Z.',
  })
  .refine(
    (typed) => Date.parse(typed) <= LAST_MS - DAY_MS && Date.parse(typed) >= 0,
    'Choose a year from 1970.',
  )

export const auditFilters = {
  user: personField.optional().describe('Whose account it happened to: an id, an email or a username.'),
  actor: personField.optional().describe('Who did it: an id, an email or a username.'),
  action: z.enum(ACTIONS, { error: 'Choose one of the events that there are.' }).optional(),
  ip: textField.optional().meta({ description: 'The address it came from.', example: '192.0.2.7' }),
  from: timeField.optional().meta({ description: 'A day in UTC, or a moment.', example: '2026-11-21' }),
  to: timeField.optional().meta({
    description: 'A day in UTC, which counts in full, or a moment.',
    example: '2026-11-22T08:00:00Z',
  }),
}

export const auditParameters = z.object({ ...auditFilters, per_page: perPageField, after: placeField })

/** Every part may be left out, or left empty. */
export const auditQuery = z.preprocess(
  (query) => Object.fromEntries(Object.entries(query as object).filter(([, value]) => value !== '')),
  auditParameters.transform(({ per_page, after, from, to, ...rest }) => ({
    asked: {
      user: rest.user ?? null,
      actor: rest.actor ?? null,
      action: rest.action ?? null,
      ip: rest.ip ?? null,
      from: from ? new Date(from) : null,
      until: to ? toUntil(to) : null,
    },
    after,
    perPage: per_page,
  })),
)
export type AuditQuery = z.output<typeof auditQuery>

function toUntil(to: string): Date {
  return A_DAY.test(to) ? later(new Date(to), DAY_MS) : new Date(to)
}
