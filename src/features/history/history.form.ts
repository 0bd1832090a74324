import { z } from 'zod'
import type { HistoryPlace } from '../../domain/audit-event/history.ts'
import { perPageField } from '../../http/paging.ts'

/** No database understands years beyond these. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')
const notAPlace = 'Use what "next" was in the page before.'

const afterField = z
  .string({ error: 'Use one cursor.' })
  .regex(/^(\d{1,15}\.[\w-]{1,64})?$/, notAPlace)
  .transform(readPlace)
  .refine((place) => !place || place.at.getTime() <= LAST_MS, notAPlace)

/** Every part may be left out, or left empty. */
export const historyQuery = z.object({
  per_page: perPageField,
  after: afterField.default(null).meta({
    description: 'The `next` of the page before. Every page is equally fast.',
    override: { default: undefined },
  }),
})

/** Where a page ended. Opaque to clients; holds nothing that was not on the page. */
export function toPlaceText({ at, id }: HistoryPlace): string {
  return `${at.getTime()}.${id}`
}

function readPlace(text: string): HistoryPlace | null {
  const [ms, id] = text.split('.')
  return ms && id ? { at: new Date(Number(ms)), id } : null
}
