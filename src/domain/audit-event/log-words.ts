import { toProviderLabel } from '../identity/providers.ts'
import type { AuditAction, AuditDetails } from './audit-event.ts'
import { toFields } from './event-words.ts'

/** What an administrator reads about each event. */
const titles: Record<AuditAction, string> = {
  'user.registered': 'Account created',
  'user.registration_attempted': 'Registration with an address that has an account',
  'user.email_verified': 'Email confirmed',
  'user.taken_over': 'Account taken over by the owner of its email',
  'user.password_reset_requested': 'Password reset asked for',
  'user.password_reset': 'Password reset',
  'user.password_changed': 'Password changed',
  'user.password_strained': '100 wrong passwords in a row',
  'user.wrong_passwords': 'Wrong passwords before the right one',
  'user.disowned': '“This wasn’t me” chosen',
  'user.email_change_requested': 'Change of email asked for',
  'user.email_change_cancelled': 'Change of email cancelled',
  'user.email_changed': 'Email changed',
  'user.email_change_undone': 'Change of email undone',
  'user.created': 'Account created by an administrator',
  'user.invitation_sent': 'Invitation sent again',
  'user.list_exported': 'List of users exported',
  'user.updated': 'Profile changed',
  'user.deactivated': 'Account deactivated',
  'user.reactivated': 'Account reactivated',
  'user.role_changed': 'Role changed',
  'user.deletion_requested': 'Deletion asked for',
  'user.deletion_cancelled': 'Deletion cancelled',
  'user.deleted': 'Account deleted',
  'session.started': 'Signed in',
  'session.start_refused': 'Sign-in refused',
  'session.renewed': 'Identity proved again',
  'session.ended': 'Session ended',
  'session.all_ended': 'All sessions ended',
  'session.everybody_ended': 'Everybody signed out',
  'identity.linked': 'Provider linked',
  'identity.unlinked': 'Provider unlinked',
  'token.family_started': 'Program given access',
  'token.reuse_detected': 'Refresh token used twice',
  'token.revoked': 'Program lost access',
  'client.created': 'Client registered',
  'client.secret_rotated': 'Client given a new secret',
  'client.disabled': 'Client disabled',
  'signing_key.rotated': 'Signing key rotated',
  'audit.exported': 'Audit log exported',
  'mail.retried': 'Email tried again',
  'mail.cancelled': 'Email cancelled',
}

export const ACTIONS = Object.keys(titles) as AuditAction[]

export function toTitle(action: AuditAction): string {
  return titles[action] ?? action
}

const NAMES: Record<string, string> = {
  isNewDevice: 'new device',
  isFirst: 'first one',
  isTest: 'test account',
  isAtEnd: 'its end had come',
  byLink: 'by the link',
}
const values: Record<string, (value: string) => string> = {
  provider: toProviderLabel,
  method: (method) => (method === 'password' || method === 'email' ? method : toProviderLabel(method)),
  fields: toFields,
  role: (role) => (role === 'admin' ? 'administrator' : 'member'),
}

/** What else is known of an event, in words: "method: password, new device". */
export function toDetailWords(action: AuditAction, details: AuditDetails): string {
  const words = Object.entries(details).flatMap(([name, value]) => {
    const label = NAMES[name] ?? name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    if (value === false || value === null) return []
    if (value === true) return [label]
    const isCode = name === 'reason' && action.startsWith('session.')
    const text = isCode ? String(value).replaceAll('-', ' ') : String(value)
    return [`${label}: ${values[name]?.(text) ?? text}`]
  })
  return words.join(', ')
}
