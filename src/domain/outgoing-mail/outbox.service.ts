import type { Brand } from '../../platform/brand.ts'
import type { Clock } from '../../platform/clock.ts'
import type { LetterText } from '../../platform/letter-templates.ts'
import type { Log } from '../../platform/log.ts'
import type { Delivery, Mailer } from '../../platform/mailer.ts'
import { DAY_MS, earlier, later, MINUTE_MS, SECOND_MS } from '../time.ts'
import type { OutgoingMailRepository } from './outgoing-mail.repository.ts'
import type { MailContent, OutgoingMail } from './outgoing-mail.ts'

export type OutboxService = ReturnType<typeof createOutboxService>
/** An email as its reader sees it. */
export type Letter = LetterText & { id: string; to: string; at: Date; messageId: string }
type Dependencies = {
  mails: OutgoingMailRepository
  /** Null in development: emails then wait at /dev/mailbox. */
  mailer: Mailer | null
  render: (template: string, model: Record<string, unknown>) => Promise<LetterText>
  portal: { name: string; baseUrl: string } & Brand
  clock: Clock
  log: Log
}

const POLL_EVERY_MS = SECOND_MS
const DELIVERY_AT_MOST_MS = MINUTE_MS
const AT_ONCE = 4
/** Longer than any delivery takes, so nobody else sends the email meanwhile. */
const HOLD_MS = 2 * DELIVERY_AT_MOST_MS
const LONGEST_PAUSE_MS = 5 * MINUTE_MS
const GIVE_UP_AFTER_MS = 3 * DAY_MS

/**
 * Delivers what transactions put into the outbox, at least once: an email is claimed, sent, then marked. Every attempt carries
 * the same Message-ID, so a second copy can be recognised.
 */
export function createOutboxService({ mails, mailer, render, portal, clock, log }: Dependencies) {
  let timer: NodeJS.Timeout | null = null
  let isDraining = false
  let underway: Promise<unknown> = Promise.resolve()

  async function open({ id, recipient, template, data, createdAt }: OutgoingMail): Promise<Letter> {
    const letter = await render(template, { ...data, portal })
    return {
      ...letter,
      id,
      to: recipient,
      at: createdAt,
      messageId: `<${id}@${new URL(portal.baseUrl).hostname}>`,
    }
  }

  /** False when the mail server cannot be reached: other emails would hardly fare better. */
  async function deliver(mail: OutgoingMail, to: Mailer): Promise<boolean> {
    const delivery = await attempt(mail, to)
    if (delivery.outcome === 'taken') await mails.markSent(mail.id, clock.now())
    else if (delivery.outcome === 'refused') await giveUp(mail, delivery.reason)
    else await tryLater(mail, delivery.reason)
    return delivery.outcome !== 'unreachable'
  }

  async function attempt(mail: OutgoingMail, to: Mailer): Promise<Delivery> {
    try {
      return await to.deliver(await open(mail), { withinMs: DELIVERY_AT_MOST_MS })
    } catch (error) {
      return { outcome: 'put-off', reason: error instanceof Error ? error.message : 'unknown' }
    }
  }

  async function tryLater(mail: OutgoingMail, error: string) {
    const now = clock.now()
    log.warn({ mail: mail.id, attempt: mail.attempts, reason: error }, 'a mail could not be delivered')
    if (mail.createdAt < earlier(now, GIVE_UP_AFTER_MS)) await giveUp(mail, error)
    else await mails.postpone(mail.id, { until: later(now, toPauseMs(mail.attempts)), error })
  }

  async function giveUp({ id }: OutgoingMail, error: string) {
    log.error({ mail: id, reason: error }, 'a mail will never be delivered')
    await mails.giveUp(id, { now: clock.now(), error })
  }

  function claim(): Promise<OutgoingMail | null> {
    const now = clock.now()
    return mails.claimNext({ now, heldUntil: later(now, HOLD_MS) })
  }

  /** Sends what is due, the longest due first, a few at once, so that one slow mailbox holds up no other. */
  async function deliverDue(): Promise<void> {
    const first = mailer && !isDraining && (await claim())
    if (!first) return
    const round = { isOver: false }
    const lanes = Array.from({ length: AT_ONCE }, (_, lane) => deliverOn(mailer, round, lane === 0 && first))
    const failure = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected')
    if (failure) throw (failure as PromiseRejectedResult).reason
  }

  /** One after the other, until nothing is due or the mail server cannot be reached. */
  async function deliverOn(to: Mailer, round: { isOver: boolean }, first: OutgoingMail | false) {
    let mail = first || (await claim())
    while (mail) {
      if (!(await deliver(mail, to))) round.isOver = true
      mail = isDraining || round.isOver ? null : await claim()
    }
  }

  function poll() {
    underway = deliverDue()
      .catch((error) => log.warn({ err: error }, 'the outbox could not be read'))
      .finally(() => {
        if (!isDraining) timer = setTimeout(poll, POLL_EVERY_MS).unref()
      })
  }

  /** Begins no further email: it might not be finished before the process ends, and would then be sent again. */
  function drain() {
    isDraining = true
    if (timer) clearTimeout(timer)
  }

  return {
    deliverDue,

    begin() {
      if (mailer) timer = setTimeout(poll, POLL_EVERY_MS).unref()
    },

    drain,

    /** Stops after the emails already being sent. */
    async close() {
      drain()
      await underway
      mailer?.close()
    },

    count: mails.count,

    listNewest: async (most: number) => Promise.all((await mails.listNewest(most)).map(open)),

    /** As it would arrive. Nothing is sent. */
    preview: (content: MailContent, recipient: string): Promise<Letter> =>
      open({ ...content, id: 'preview', recipient, createdAt: clock.now(), attempts: 0 }),

    async find(id: string) {
      const mail = await mails.find(id)
      return mail && open(mail)
    },
  }
}

function toPauseMs(attempts: number) {
  return Math.min(2 ** attempts * SECOND_MS, LONGEST_PAUSE_MS)
}
