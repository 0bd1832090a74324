import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { HistoryPlace } from '../../domain/audit-event/history.ts'
import type { ListedMail, MailFilter } from '../../domain/outgoing-mail/mail-list.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'

export type MailService = ReturnType<typeof createMailService>
export type MailPage = { mails: ListedMail[]; next: HistoryPlace | null }
/** `stopped`: it had been tried, so it may have arrived. The others say what kept it from being done. */
export type MailChange = 'retried' | 'cancelled' | 'stopped' | 'sending' | 'sent' | 'over' | 'unknown'
/** `actor` is null at the command line. */
type By = { actor: Pick<User, 'id'> | null; origin: Origin }
type Done = Extract<MailChange, 'retried' | 'cancelled' | 'stopped'>
type Dependencies = { repositories: Repositories; transact: Transact; clock: Clock }

const STOPPED = 'an administrator stopped it'

/** What operators do about emails that wait, or that could not be sent. */
export function createMailService({ repositories, transact, clock }: Dependencies) {
  const { mailList } = repositories

  async function change(
    id: string,
    by: By,
    work: (parts: Repositories, now: Date) => Promise<Done | null>,
  ): Promise<MailChange> {
    return transact<MailChange>(async (parts, undo) => {
      const now = clock.now()
      const done = await work(parts, now)
      const mail = await parts.mailList.find(id, now)
      if (!mail) return undo('unknown')
      if (!done) return undo(mail.state === 'sending' || mail.state === 'sent' ? mail.state : 'over')
      const owner = await parts.users.findByEmail(mail.recipient)
      await parts.audit.record({
        action: done === 'retried' ? 'mail.retried' : 'mail.cancelled',
        at: now,
        actorId: by.actor?.id ?? null,
        subjectId: owner?.id ?? null,
        origin: by.origin,
        details: { mail: id, template: mail.template },
      })
      return done
    })
  }

  return {
    /** Newest first. `next` is null on the last page. */
    async list(
      filter: MailFilter,
      { after, most }: { after: HistoryPlace | null; most: number },
    ): Promise<MailPage> {
      const found = await mailList.list({ filter, after, most: most + 1, now: clock.now() })
      const mails = found.slice(0, most)
      const last = mails.at(-1)
      return { mails, next: found.length > most && last ? { at: last.createdAt, id: last.id } : null }
    },

    /** Now, whether it waits or was given up. */
    retry: (id: string, by: By): Promise<MailChange> =>
      change(id, by, async (parts, now) => ((await parts.mailList.retry(id, now)) ? 'retried' : null)),

    /** Never shown as cancelled when it may have been sent. */
    cancel: (id: string, by: By): Promise<MailChange> =>
      change(id, by, async (parts, now) => {
        if (await parts.mailList.cancel(id, now)) return 'cancelled'
        return (await parts.mailList.stop(id, { now, error: STOPPED })) ? 'stopped' : null
      }),
  }
}
