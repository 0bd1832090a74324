import type { MailTemplate } from './outgoing-mail.ts'

export const MAIL_STATES = ['waiting', 'sending', 'sent', 'given-up', 'cancelled'] as const
export type MailState = (typeof MAIL_STATES)[number]

/** An email as operators see it. Never what is in it: it may hold a link that opens something. */
export type ListedMail = {
  id: string
  recipient: string
  template: MailTemplate
  state: MailState
  createdAt: Date
  nextAttemptAt: Date
  attempts: number
  sentAt: Date | null
  lastError: string | null
}
export type MailFilter = { state: MailState | null; recipient: string | null }

type Times = { sentAt: Date | null; failedAt: Date | null; cancelledAt: Date | null; heldUntil: Date | null }

export function readMailState({ sentAt, failedAt, cancelledAt, heldUntil }: Times, now: Date): MailState {
  if (sentAt) return 'sent'
  if (cancelledAt) return 'cancelled'
  if (failedAt) return 'given-up'
  return heldUntil && heldUntil > now ? 'sending' : 'waiting'
}

const titles: Record<MailTemplate, string> = {
  'verify-email': 'Confirm your email',
  invitation: 'Invitation',
  'already-registered': 'Somebody registered with your email',
  'reset-password': 'Choose a new password',
  'set-password': 'Set a password',
  welcome: 'Welcome',
  'change-email': 'Confirm a new email',
  'email-wanted': 'Somebody wanted your email',
  'email-change-asked': 'A change of email was asked for',
  'email-changed': 'Email changed',
  'email-change-undone': 'Change of email undone',
  'many-wrong-passwords': 'Many wrong passwords',
  'account-notice': 'What happened to your account',
  'deletion-requested': 'Account will be deleted',
  'account-deleted': 'Account deleted',
  'new-administrator': 'New administrator',
  'google-took-over': 'Google opens your account',
  'refresh-token-reused': 'A program lost access',
}

export function toMailTitle(template: MailTemplate): string {
  return titles[template] ?? template
}
