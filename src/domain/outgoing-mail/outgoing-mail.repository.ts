import { randomUUID } from 'node:crypto'
import type { Database } from '../../platform/database.ts'
import type { Encryption } from '../../platform/encryption.ts'
import type { MailContent, OutgoingMail } from './outgoing-mail.ts'

export type OutgoingMailRepository = ReturnType<typeof createOutgoingMailRepository>
type Row = {
  id: string
  recipient: string
  template: string
  payload: string
  createdAt: Date
  attempts: number
}

/** The outbox. A mail may hold a link that opens something, so what it says is encrypted until it is sent. */
export function createOutgoingMailRepository(database: Database, encryption: Encryption) {
  const placeOf = (row: string) => ({ table: 'outgoing_mails', column: 'payload', row })

  function open({ payload, template, ...row }: Row): OutgoingMail | null {
    const data = encryption.decryptDict(payload, placeOf(row.id))
    return data && ({ ...row, template, data } as OutgoingMail)
  }

  return {
    async insert(recipient: string, { template, data }: MailContent, now: Date): Promise<void> {
      const id = randomUUID()
      const payload = encryption.encryptDict(data, placeOf(id))
      await database.outgoingMail.create({
        data: { id, recipient, template, payload, createdAt: now, nextAttemptAt: now },
        select: { id: true },
      })
    },

    /** Mails that are due, oldest first, each for exactly one worker until `heldUntil`. */
    async claimDue({
      now,
      heldUntil,
      most,
    }: {
      now: Date
      heldUntil: Date
      most: number
    }): Promise<OutgoingMail[]> {
      const due = await database.outgoingMail.findMany({
        where: { sentAt: null, failedAt: null, nextAttemptAt: { lte: now } },
        orderBy: { createdAt: 'asc' },
        take: most,
      })
      const claimed: OutgoingMail[] = []
      for (const row of due) {
        const { count } = await database.outgoingMail.updateMany({
          where: { id: row.id, sentAt: null, nextAttemptAt: row.nextAttemptAt },
          data: { nextAttemptAt: heldUntil, attempts: { increment: 1 } },
        })
        const mail = count === 1 ? open(row) : null
        if (mail) claimed.push({ ...mail, attempts: row.attempts + 1 })
      }
      return claimed
    },

    async markSent(id: string, now: Date): Promise<void> {
      await database.outgoingMail.updateMany({ where: { id }, data: { sentAt: now, lastError: null } })
    },

    async postpone(id: string, { until, error }: { until: Date; error: string }): Promise<void> {
      await database.outgoingMail.updateMany({
        where: { id },
        data: { nextAttemptAt: until, lastError: error },
      })
    },

    async giveUp(id: string, { now, error }: { now: Date; error: string }): Promise<void> {
      await database.outgoingMail.updateMany({ where: { id }, data: { failedAt: now, lastError: error } })
    },

    async countSince(recipient: string, since: Date): Promise<number> {
      return database.outgoingMail.count({ where: { recipient, createdAt: { gte: since } } })
    },

    /** Newest first, opened: only for the mailbox of a development machine. */
    async listNewest(most: number): Promise<OutgoingMail[]> {
      const rows = await database.outgoingMail.findMany({ orderBy: { createdAt: 'desc' }, take: most })
      return rows.map(open).filter((mail) => mail !== null)
    },

    async find(id: string): Promise<OutgoingMail | null> {
      const row = await database.outgoingMail.findUnique({ where: { id } })
      return row && open(row)
    },

    async deleteSent(before: Date): Promise<number> {
      return (await database.outgoingMail.deleteMany({ where: { createdAt: { lt: before } } })).count
    },
  }
}
