import { randomUUID } from 'node:crypto'
import { type Database, deleteFew, sqlPiece } from '../../platform/database.ts'
import type { Encryption } from '../../platform/encryption.ts'
import { earlier, HOUR_MS, later, MINUTE_MS } from '../time.ts'
import type { MailContent, MailTemplate, OutgoingMail } from './outgoing-mail.ts'

export type OutgoingMailRepository = ReturnType<typeof createOutgoingMailRepository>
type Row = {
  id: string
  recipient: string
  template: string
  payload: string
  createdAt: Date
  attempts: number
}

/** Other workers may get to some of them first. */
const CANDIDATES = 10
/** While processes are restarted with a new SECRET_KEY, the old ones meet emails that only the new ones can open. */
const KEY_MAY_BE_NEW_MS = HOUR_MS

/** The outbox. An email may hold a link that grants access, so its content is encrypted until it is sent. */
export function createOutgoingMailRepository(
  database: Database,
  { encryption, sendsMail }: { encryption: Encryption; sendsMail: boolean },
) {
  const placeOf = (row: string) => ({ table: 'outgoing_mails', column: 'payload', row })

  function open({ payload, template, ...row }: Row): OutgoingMail | null {
    const data = encryption.decryptDict(payload, placeOf(row.id))
    return data && ({ ...row, template, data } as OutgoingMail)
  }

  async function giveUp(id: string, { now, error }: { now: Date; error: string }): Promise<void> {
    await database.outgoingMail.updateMany({
      where: { id },
      data: { failedAt: now, lastError: error, heldUntil: null },
    })
  }

  async function postpone(id: string, { until, error }: { until: Date; error: string }): Promise<void> {
    const data = { nextAttemptAt: until, lastError: error, heldUntil: null }
    await database.outgoingMail.updateMany({ where: { id }, data })
  }

  async function leaveToOthers({ id, createdAt }: Row, now: Date): Promise<void> {
    const error = 'its SECRET_KEY is not known here'
    if (createdAt < earlier(now, KEY_MAY_BE_NEW_MS)) await giveUp(id, { now, error })
    else await postpone(id, { until: later(now, MINUTE_MS), error })
  }

  return {
    /** False, and nothing is written, where the portal sends no email. It waits until `dueAt`. */
    async insert(
      recipient: string,
      { template, data, dueAt }: MailContent & { dueAt?: Date },
      now: Date,
    ): Promise<boolean> {
      if (!sendsMail) return false
      const id = randomUUID()
      const payload = encryption.encryptDict(data, placeOf(id))
      await database.outgoingMail.create({
        data: { id, recipient, template, payload, createdAt: now, nextAttemptAt: dueAt ?? now },
        select: { id: true },
      })
      return true
    },

    /** The newest of its kind, whatever became of it. */
    async findNewest<T extends MailTemplate>(recipient: string, template: T) {
      const where = { recipient, template }
      const row = await database.outgoingMail.findFirst({ where, orderBy: { createdAt: 'desc' } })
      return row && (open(row) as (OutgoingMail & { template: T }) | null)
    },

    /** False once somebody has begun to send it: then it stays as it is. */
    async rewrite({ id }: Pick<OutgoingMail, 'id'>, data: MailContent['data']): Promise<boolean> {
      const { count } = await database.outgoingMail.updateMany({
        where: { id, attempts: 0, sentAt: null, failedAt: null },
        data: { payload: encryption.encryptDict(data, placeOf(id)) },
      })
      return count === 1
    },

    /**
     * The next email that is due, for exactly one worker until `heldUntil`. None overtakes an older one to the same mailbox, unless
     * that one still waits to be due for the first time.
     */
    async claimNext({ now, heldUntil }: { now: Date; heldUntil: Date }): Promise<OutgoingMail | null> {
      const due = await database.$queryRaw<{ id: string }[]>`
        SELECT id FROM outgoing_mails AS mail
        WHERE sent_at IS NULL AND failed_at IS NULL AND next_attempt_at <= ${now} AND NOT EXISTS (
          SELECT 1 FROM outgoing_mails AS older
          WHERE older.recipient = mail.recipient AND older.created_at < mail.created_at
            AND older.sent_at IS NULL AND older.failed_at IS NULL
            AND NOT (older.attempts = 0 AND older.next_attempt_at > ${now}))
        ORDER BY next_attempt_at LIMIT ${CANDIDATES}`
      for (const { id } of due) {
        const { count } = await database.outgoingMail.updateMany({
          where: { id, sentAt: null, failedAt: null, nextAttemptAt: { lte: now } },
          data: { nextAttemptAt: heldUntil, heldUntil, attempts: { increment: 1 } },
        })
        const row = count === 1 ? await database.outgoingMail.findUnique({ where: { id } }) : null
        const mail = row && open(row)
        if (mail) return mail
        if (row) await leaveToOthers(row, now)
      }
      return null
    },

    async markSent(id: string, now: Date): Promise<void> {
      await database.outgoingMail.updateMany({
        where: { id },
        data: { sentAt: now, lastError: null, heldUntil: null },
      })
    },

    postpone,
    giveUp,

    /** When emails of these templates were written. */
    async listTimesSince(recipient: string, since: Date, templates: MailTemplate[]): Promise<Date[]> {
      const where = { recipient, createdAt: { gte: since }, template: { in: templates } }
      const mails = await database.outgoingMail.findMany({ where, select: { createdAt: true } })
      return mails.map(({ createdAt }) => createdAt)
    },

    countGivenUp: (): Promise<number> => database.outgoingMail.count({ where: { failedAt: { not: null } } }),

    /** Those due now or tried before, and when the oldest of them was written. */
    async measureBacklog(now: Date): Promise<{ waiting: number; oldestAt: Date | null }> {
      const { _count, _min } = await database.outgoingMail.aggregate({
        where: {
          sentAt: null,
          failedAt: null,
          OR: [{ nextAttemptAt: { lte: now } }, { attempts: { gt: 0 } }],
        },
        _count: true,
        _min: { createdAt: true },
      })
      return { waiting: _count, oldestAt: _min.createdAt }
    },

    count: (): Promise<number> => database.outgoingMail.count(),

    /** Newest first, decrypted. Only for the mailbox in development. */
    async listNewest(most: number): Promise<OutgoingMail[]> {
      const rows = await database.outgoingMail.findMany({ orderBy: { createdAt: 'desc' }, take: most })
      return rows.map(open).filter((mail) => mail !== null)
    },

    async find(id: string): Promise<OutgoingMail | null> {
      const row = await database.outgoingMail.findUnique({ where: { id } })
      return row && open(row)
    },

    /** Waiting or sent: whoever is gone is written to no more. */
    async deleteAllTo(recipient: string): Promise<void> {
      await database.outgoingMail.deleteMany({ where: { recipient } })
    },

    async deleteOlder(before: Date, most: number): Promise<number> {
      const where = sqlPiece`created_at < ${before}`
      return deleteFew(database, { table: sqlPiece`outgoing_mails`, key: sqlPiece`id`, where, most })
    },
  }
}
