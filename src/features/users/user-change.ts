import type { AuditDetails, AuditEvent } from '../../domain/audit-event/audit-event.ts'
import type { Deactivation, ManagedUser, User, UserChanges } from '../../domain/user/user.ts'

export type ChangeEvent = Pick<AuditEvent, 'details'> & {
  action: 'user.updated' | 'user.role_changed' | 'user.deactivated' | 'user.reactivated'
}

type Settled = { deactivation?: Deactivation }

/** Somebody who can act as an administrator today. */
export function isAdmin({ role, isActive, emailVerifiedAt }: User): boolean {
  return role === 'admin' && isActive && emailVerifiedAt !== null
}

/** The wanted changes that are not already so. */
export function leaveOutSame(user: ManagedUser, wanted: UserChanges): UserChanges & Settled {
  const names = ['displayName', 'username', 'role', 'isActive'] as const
  const different = names.filter((name) => wanted[name] !== undefined && wanted[name] !== user[name])
  const changes = Object.fromEntries(different.map((name) => [name, wanted[name]]))
  const deactivation = wanted.isActive === false ? findOther(user.deactivation, wanted.deactivation) : null
  return { ...changes, ...(deactivation && { deactivation }) }
}

/** What is not said stays as it was, or is nothing. Null where nothing is different. */
function findOther(was: Deactivation | null, wanted: Partial<Deactivation> = {}): Deactivation | null {
  const { reason = was?.reason ?? null, until = was?.until ?? null } = wanted
  return was && was.reason === reason && was.until === until ? null : { reason, until }
}

/** What its owner should know. People change their own name as they like; the username is one they sign in with. */
export function toNotices(events: ChangeEvent[], { isByOwner }: { isByOwner: boolean }): ChangeEvent[] {
  if (!isByOwner) return events
  const isAboutUsername = ({ details }: ChangeEvent) =>
    String(details?.fields).split(' ').includes('username')
  return events
    .filter((event) => event.action !== 'user.updated' || isAboutUsername(event))
    .map((event) => (event.action === 'user.updated' ? { ...event, details: { fields: 'username' } } : event))
}

/** What the audit log says about a change, in reading order. */
export function toEvents(
  before: User,
  { role, isActive, deactivation, ...profile }: UserChanges & Settled,
): ChangeEvent[] {
  const fields = Object.keys(profile)
  const roles = role && { from: before.role, to: role }
  return [
    ...(fields.length > 0
      ? [{ action: 'user.updated' as const, details: { fields: fields.join(' ') } }]
      : []),
    ...(roles ? [{ action: 'user.role_changed' as const, details: roles }] : []),
    ...(deactivation ? [{ action: 'user.deactivated' as const, details: leaveOutNull(deactivation) }] : []),
    ...(isActive === true ? [{ action: 'user.reactivated' as const }] : []),
  ]
}

function leaveOutNull(facts: Deactivation): AuditDetails {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null))
}
