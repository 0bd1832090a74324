import { type ListedMail, type MailState, toMailTitle } from '../../domain/outgoing-mail/mail-list.ts'
import type { MailChange } from './mail.service.ts'

const states: Record<MailState, string> = {
  waiting: 'Waiting',
  sending: 'Being sent',
  sent: 'Sent',
  'given-up': 'Given up',
  cancelled: 'Cancelled',
}
export const STATE_OPTIONS = { '': 'Any', ...states }

/** What became of a wish, as the page and the command line say it. */
export const changeWords: Record<MailChange, string> = {
  retried: 'The email will be tried again now.',
  cancelled: 'The email is cancelled. It was never sent.',
  stopped: 'The email won’t be tried again. It had been tried before, so it may have arrived.',
  sending: 'The email is being sent right now. Look again in two minutes.',
  sent: 'The email was sent already.',
  over: 'Nothing more is done about that email.',
  unknown: 'That email is gone.',
}

/** As the page and the command line show it. */
export function toShownMail({
  template,
  state,
  createdAt,
  nextAttemptAt,
  sentAt,
  lastError,
  ...mail
}: ListedMail) {
  return {
    id: mail.id,
    recipient: mail.recipient,
    template,
    title: toMailTitle(template),
    state,
    state_words: states[state],
    attempts: mail.attempts,
    created_at: createdAt.toISOString(),
    next_attempt_at: state === 'waiting' ? nextAttemptAt.toISOString() : null,
    sent_at: sentAt?.toISOString() ?? null,
    last_error: lastError,
    may_retry: state === 'given-up' || state === 'waiting',
    may_cancel: state === 'waiting',
  }
}
