import type { Clock } from '../../platform/clock.ts'
import type { LetterText } from '../../platform/letter-templates.ts'
import type { Log } from '../../platform/log.ts'
import type { Mailer } from '../../platform/mailer.ts'
import { HOUR_MS, later, MINUTE_MS, SECOND_MS } from '../time.ts'
import type { OutgoingMailRepository } from './outgoing-mail.repository.ts'
import type { OutgoingMail } from './outgoing-mail.ts'

export type OutboxService = ReturnType<typeof createOutboxService>
type Dependencies = {
  mails: OutgoingMailRepository
  /** Null in development: mails then wait at /dev/mailbox to be read. */
  mailer: Mailer | null
  render: (template: string, model: Record<string, unknown>) => Promise<LetterText>
  portal: { name: string; baseUrl: string }
  clock: Clock
  log: Log
}

const POLL_EVERY_MS = SECOND_MS
const HOLD_MS = MINUTE_MS
const BATCH = 10
const LONGEST_PAUSE_MS = HOUR_MS
const GIVE_UP_AFTER_ATTEMPTS = 40

/**
 * Delivers what transactions put into the outbox, at least once: a mail is claimed, sent, then marked. Every attempt carries
 * the same Message-ID, so a second copy can be recognised.
 */
export function createOutboxService({ mails, mailer, render, portal, clock, log }: Dependencies) {
  let timer: NodeJS.Timeout | null = null
  let underway: Promise<unknown> = Promise.resolve()

  async function open({ id, recipient, template, data, createdAt }: OutgoingMail) {
    const letter = await render(template, { ...data, portal })
    return {
      ...letter,
      id,
      to: recipient,
      at: createdAt,
      messageId: `<${id}@${new URL(portal.baseUrl).hostname}>`,
    }
  }

  async function deliver(mail: OutgoingMail, to: Mailer) {
    const now = clock.now()
    try {
      await to.deliver(await open(mail))
      await mails.markSent(mail.id, clock.now())
    } catch (cause) {
      const error = cause instanceof Error ? cause.message : 'unknown'
      log.warn({ err: cause, mail: mail.id, attempt: mail.attempts }, 'a mail could not be delivered')
      if (mail.attempts >= GIVE_UP_AFTER_ATTEMPTS) await mails.giveUp(mail.id, { now, error })
      else await mails.postpone(mail.id, { until: later(now, toPauseMs(mail.attempts)), error })
    }
  }

  /** Sends what is due, one after the other, so that each mailbox gets its mails in order. */
  async function deliverDue(): Promise<void> {
    if (!mailer) return
    const now = clock.now()
    const due = await mails.claimDue({ now, heldUntil: later(now, HOLD_MS), most: BATCH })
    for (const mail of due) await deliver(mail, mailer)
  }

  function poll() {
    underway = deliverDue()
      .catch((error) => log.warn({ err: error }, 'the outbox could not be read'))
      .finally(() => {
        if (timer) timer = setTimeout(poll, POLL_EVERY_MS).unref()
      })
  }

  return {
    deliverDue,

    begin() {
      if (mailer) timer = setTimeout(poll, POLL_EVERY_MS).unref()
    },

    /** Stops after the mail that is on its way. */
    async close() {
      if (timer) clearTimeout(timer)
      timer = null
      await underway
      mailer?.close()
    },

    listNewest: async (most: number) => Promise.all((await mails.listNewest(most)).map(open)),

    async find(id: string) {
      const mail = await mails.find(id)
      return mail && open(mail)
    },
  }
}

function toPauseMs(attempts: number) {
  return Math.min(2 ** attempts * SECOND_MS, LONGEST_PAUSE_MS)
}
