import { toProviderLabel } from '../identity/providers.ts'
import type { EndReason } from '../session/session-end.ts'
import { toReadable } from '../time.ts'
import type { AuditAction, AuditDetails } from './audit-event.ts'

/** `client` is the name of the program it was about. */
export type Told = { details: AuditDetails; isByOwner: boolean; client: string }
type Words = (told: Told) => string

export const UNNAMED_CLIENT = 'A program'

const METHODS: Record<string, string> = { password: 'a password', email: 'an email' }
const FIELDS: Record<string, string> = { displayName: 'name', username: 'username' }

const endings: Record<EndReason, string> = {
  'signed-out': 'You signed out.',
  'signed-out-remotely': 'You ended a session from another device.',
  'others-signed-out': 'You signed out all other devices.',
  'signed-out-everywhere': 'You signed out everywhere.',
  'signed-in-again': 'A session ended because you signed in again in the same browser.',
  renewed: 'A session goes on under a new secret, because you proved who you are.',
  'too-many': 'A session ended because you had too many. It was the one you hadn’t used for longest.',
  'taken-over': 'Every session ended when the account became yours.',
  'password-reset': 'Every session ended because the password was reset.',
  'password-changed': 'Every other session ended because you changed your password.',
  'email-change-undone': 'Every session ended because a change of your email was undone.',
  'role-changed': 'Every session ended because your role changed.',
  deactivated: 'Every session ended because your account was deactivated.',
  disowned: 'Every session ended because “This wasn’t me” was chosen in an email.',
  'deletion-requested': 'Every session ended because you asked to delete your account.',
  'identity-unlinked': 'Your other sessions that had started with an account you unlinked ended.',
  'signed-out-by-admin': 'An administrator signed you out.',
  'everybody-out': 'An administrator signed everybody out.',
}

/** What a person reads about each event. Null for events about the portal rather than a person. */
const words: Record<AuditAction, Words | null> = {
  'user.registered': ({ details }) =>
    details.provider ? `Account created with ${toLabel(details)}.` : 'Account created.',
  'user.registration_attempted': () => 'Someone tried to create an account with your email.',
  'user.email_verified': () => 'Email confirmed.',
  'user.taken_over': ({ details }) =>
    `You proved with ${toLabel(details)} that this email is yours. The password and sessions from before were removed.`,
  'user.password_reset_requested': ({ details }) =>
    `${details.isByAdmin ? 'An administrator' : 'Someone'} asked for a link to choose a new password.`,
  'user.password_reset': () => 'A new password was chosen with a link from an email.',
  'user.password_changed': ({ details }) =>
    details.isFirst ? 'You added a password.' : 'You changed your password.',
  'user.password_strained': () =>
    '100 wrong passwords were entered in a row. New devices need a new password.',
  'user.wrong_passwords': ({ details }) =>
    `${details.count} wrong passwords were entered, then the right one.`,
  'user.disowned': () => 'You said “This wasn’t me” in an email. The password was removed.',
  'user.email_change_requested': ({ details }) => `You asked to change your email to ${details.to}.`,
  'user.email_change_cancelled': ({ details }) =>
    details.byLink
      ? 'A change of your email was cancelled with the link in our email.'
      : 'You kept your email: the change was cancelled.',
  'user.email_changed': ({ details }) => `Your email was changed to ${details.to}.`,
  'user.email_change_undone': ({ details }) =>
    `The change of your email was undone: it is ${details.to} again.`,
  'user.invitation_sent': () => 'An administrator sent you an invitation again.',
  'user.created': () => 'An administrator created your account.',
  'user.updated': ({ details, isByOwner }) =>
    `${isByOwner ? 'You' : 'An administrator'} changed your ${toFields(details.fields)}.`,
  'user.deactivated': toDeactivation,
  'user.reactivated': ({ details }) =>
    details.isAtEnd
      ? 'Your account is active again: the time it was deactivated for is over.'
      : 'An administrator reactivated your account.',
  'user.deletion_requested': () => 'You asked to delete your account.',
  'user.deletion_cancelled': () => 'You kept your account.',
  'user.deleted': null,
  'user.list_exported': null,
  'user.role_changed': ({ details }) => `An administrator made you ${toRole(details.to)}.`,
  'session.started': ({ details }) =>
    `Signed in with ${METHODS[String(details.method)] ?? toProviderLabel(String(details.method))}${details.isNewDevice ? ' on a new device' : ''}.`,
  'session.start_refused': ({ details }) =>
    details.provider ? `A sign-in with ${toLabel(details)} was refused.` : 'A sign-in was refused.',
  'session.renewed': () => 'You proved again that it’s you.',
  'session.ended': toEnding,
  'session.all_ended': toEnding,
  'identity.linked': ({ details }) => `Your ${toLabel(details)} account was linked.`,
  'identity.unlinked': ({ details }) => `Your ${toLabel(details)} account was unlinked.`,
  'token.family_started': ({ client }) => `${client} was given access to your account.`,
  'token.reuse_detected': ({ client }) =>
    `${client} lost access: a refresh token that had been used before was used again.`,
  'token.revoked': ({ client }) => `${client} lost access.`,
  'session.everybody_ended': null,
  'client.created': null,
  'client.secret_rotated': null,
  'client.disabled': null,
  'signing_key.rotated': null,
  'audit.exported': null,
  'mail.retried': () => 'An administrator had an email sent to you again.',
  'mail.cancelled': () => 'An administrator cancelled an email to you.',
}

export const OWN_ACTIONS = (Object.keys(words) as AuditAction[]).filter((action) => words[action] !== null)

export function toSentence(action: AuditAction, told: Told): string {
  return words[action]?.(told) ?? ''
}

/** What people call the provider that an event is about. */
export function toLabel({ provider }: AuditDetails): string {
  return toProviderLabel(String(provider))
}

function toEnding({ details }: Told): string {
  return endings[details.reason as EndReason] ?? 'A session ended.'
}

function toDeactivation({ details: { until, reason } }: Told): string {
  const end = until ? ` until ${toReadable(new Date(String(until)))}` : ''
  return `An administrator deactivated your account${end}.${reason ? ` The reason given: “${reason}”` : ''}`
}

/** "name and username", for what an event calls its fields. */
export function toFields(fields: unknown): string {
  const names = String(fields).split(' ')
  return names.map((name) => FIELDS[name] ?? name).join(' and ')
}

function toRole(role: unknown): string {
  return role === 'admin' ? 'an administrator' : 'an ordinary member'
}
