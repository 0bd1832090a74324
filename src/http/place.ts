import { z } from 'zod'
import type { HistoryPlace } from '../domain/audit-event/history.ts'

/** No database understands years beyond these. */
export const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')
const notAPlace = 'Use what "next" was in the page before.'

/** Where the page before ended, in a list that is ordered by time; null for the first page. */
export const placeField = z
  .string({ error: 'Use one cursor.' })
  .regex(/^(\d{1,15}\.[\w-]{1,128})?$/, notAPlace)
  .transform(readPlace)
  .refine((place) => !place || (place.at.getTime() <= LAST_MS && !/\p{Cc}/u.test(place.id)), notAPlace)
  .default(null)
  .meta({
    description: 'The `next` of the page before. Every page is equally fast.',
    override: { default: undefined },
  })

function readPlace(text: string): HistoryPlace | null {
  const [ms, id] = text.split('.')
  return ms && id ? { at: new Date(Number(ms)), id: Buffer.from(id, 'base64url').toString() } : null
}
