import type { AuditAction } from '../audit-event/audit-event.ts'
import { type Told, toFields, toLabel, toSentence } from '../audit-event/event-words.ts'

/** What somebody reads who may not be the one who did it. Without a text of its own, it says what the history says. */
type Words = { title(portal: string, told: Told): string; text?(told: Told): string }

const newPassword = (portal: string) => `Your ${portal} account has a new password`

const notices = {
  'session.started': { title: (portal) => `New sign-in to your ${portal} account` },
  'user.wrong_passwords': { title: (portal) => `Someone guessed at your ${portal} password` },
  'user.password_changed': {
    title: (portal, { details }) =>
      details.isFirst ? `Your ${portal} account has a password` : newPassword(portal),
    text: ({ details }) =>
      `${details.isFirst ? 'A password was added.' : 'The password was changed.'} Every other device was signed out.`,
  },
  'user.password_reset': {
    title: newPassword,
    text: ({ details }) =>
      `A new password was chosen with a link from an email. Every device was signed out.${toRemoved(details.removedGoogle)}`,
  },
  'user.updated': {
    title: (portal, { details }) => `Your ${portal} ${toFields(details.fields)} was changed`,
    text: (told) =>
      told.isByOwner ? `The ${toFields(told.details.fields)} was changed.` : toSentence('user.updated', told),
  },
  'user.deletion_cancelled': {
    title: (portal) => `Your ${portal} account won’t be deleted`,
    text: () => 'Your account stays: it won’t be deleted any more.',
  },
  'user.role_changed': { title: (portal) => `Your ${portal} role was changed` },
  'user.deactivated': { title: (portal) => `Your ${portal} account was deactivated` },
  'user.reactivated': { title: (portal) => `Your ${portal} account is active again` },
  'identity.linked': {
    title: (portal, { details }) => `You can now sign in to ${portal} with ${toLabel(details)}`,
    text: ({ details }) => `The ${toLabel(details)} account ${details.email} was linked to your account.`,
  },
  'identity.unlinked': {
    title: (portal, { details }) => `You no longer sign in to ${portal} with ${toLabel(details)}`,
    text: ({ details }) =>
      `The ${toLabel(details)} account ${details.email} was unlinked from your account. Other devices that had signed in with it were signed out.`,
  },
  'token.family_started': { title: (portal) => `An app has access to your ${portal} account` },
} satisfies Partial<Record<AuditAction, Words>>

export type NoticeAction = keyof typeof notices

export function toNotice(action: NoticeAction, portal: string, told: Told): { title: string; text: string } {
  const { title, text }: Words = notices[action]
  return { title: title(portal, told), text: text?.(told) ?? toSentence(action, told) }
}

/** `emails` are those of Google accounts that were removed because they are not the owner's. */
function toRemoved(emails: unknown): string {
  return emails
    ? ` The Google account ${emails} no longer opens it: its email isn’t the one of your account.`
    : ''
}
