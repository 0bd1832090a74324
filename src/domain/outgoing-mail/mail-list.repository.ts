import type { Database } from '../../platform/database.ts'
import type { HistoryPlace } from '../audit-event/history.ts'
import { type ListedMail, type MailFilter, type MailState, readMailState } from './mail-list.ts'
import type { MailTemplate } from './outgoing-mail.ts'

export type MailListRepository = ReturnType<typeof createMailListRepository>
type Wish = { filter: MailFilter; after: HistoryPlace | null; most: number; now: Date }

const shown = {
  id: true,
  recipient: true,
  template: true,
  createdAt: true,
  nextAttemptAt: true,
  attempts: true,
  sentAt: true,
  failedAt: true,
  cancelledAt: true,
  heldUntil: true,
  lastError: true,
} as const
const unfinished = { sentAt: null, failedAt: null }

/** The outbox as operators see it. Each change is one statement, so it holds against whoever sends meanwhile. */
export function createMailListRepository(database: Database) {
  return {
    /** Newest first. */
    async list({ filter: { state, recipient }, after, most, now }: Wish): Promise<ListedMail[]> {
      const conditions = [
        ...(state ? toConditions(state, now) : []),
        ...(recipient ? [{ recipient }] : []),
        ...toFurther(after),
      ]
      const rows = await database.outgoingMail.findMany({
        where: { AND: conditions },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: most,
        select: shown,
      })
      return rows.map(({ template, ...row }) => ({
        ...row,
        template: template as MailTemplate,
        state: readMailState(row, now),
      }))
    },

    async find(
      id: string,
      now: Date,
    ): Promise<{ recipient: string; template: string; state: MailState } | null> {
      const row = await database.outgoingMail.findUnique({ where: { id }, select: shown })
      return row && { ...row, state: readMailState(row, now) }
    },

    /** False for one that was sent or cancelled, and while somebody sends it. */
    async retry(id: string, now: Date): Promise<boolean> {
      const { count } = await database.outgoingMail.updateMany({
        where: { id, sentAt: null, cancelledAt: null, ...notHeld(now) },
        data: { failedAt: null, nextAttemptAt: now },
      })
      return count === 1
    },

    /** Only while nobody has begun to send it: what is cancelled was never sent. */
    async cancel(id: string, now: Date): Promise<boolean> {
      const where = { id, attempts: 0, ...unfinished }
      const data = { cancelledAt: now, failedAt: now }
      return (await database.outgoingMail.updateMany({ where, data })).count === 1
    },

    /** No further attempts at one that was tried. It may have arrived, so it is given up rather than cancelled. */
    async stop(id: string, { now, error }: { now: Date; error: string }): Promise<boolean> {
      const where = { id, attempts: { gt: 0 }, ...unfinished, ...notHeld(now) }
      const data = { failedAt: now, lastError: error }
      return (await database.outgoingMail.updateMany({ where, data })).count === 1
    },
  }
}

function notHeld(now: Date) {
  return { OR: [{ heldUntil: null }, { heldUntil: { lte: now } }] }
}

function toConditions(state: MailState, now: Date): object[] {
  const conditions: Record<MailState, object[]> = {
    sent: [{ sentAt: { not: null } }],
    cancelled: [{ sentAt: null, cancelledAt: { not: null } }],
    'given-up': [{ sentAt: null, cancelledAt: null, failedAt: { not: null } }],
    sending: [unfinished, { heldUntil: { gt: now } }],
    waiting: [unfinished, notHeld(now)],
  }
  return conditions[state]
}

/** The time on its own bounds the range of the index. */
function toFurther(after: HistoryPlace | null): object[] {
  if (!after) return []
  const { at, id } = after
  return [{ createdAt: { lte: at } }, { OR: [{ createdAt: { lt: at } }, { id: { lt: id } }] }]
}
