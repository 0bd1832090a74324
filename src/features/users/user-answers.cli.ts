import { type ManagedUser, toManagedUser } from '../../domain/user/user.ts'
import type { Answer, FailureCode } from '../../terminal/command.ts'
import { toMinute, toTable } from '../../terminal/table.ts'
import type { Change, Refusal } from './users.service.ts'

const refusals: Record<Refusal, { failure: string; code: FailureCode }> = {
  'no-mail': { failure: 'This portal sends no email, so nobody can be invited.', code: 'forbidden' },
  unknown: { failure: 'Nobody has this id, email or username.', code: 'not_found' },
  'email-taken': { failure: 'This email already has an account. Nothing was changed.', code: 'email_taken' },
  'username-taken': { failure: 'Somebody has this username. Nothing was changed.', code: 'username_taken' },
  'last-admin': {
    failure: 'This is the only administrator. Make somebody else one first.',
    code: 'last_admin',
  },
  'end-is-past': { failure: 'Choose a time that is still to come.', code: 'validation_failed' },
}

export const unknownPerson: Answer = refusals.unknown

export function showChange(change: Change, toText: (user: ManagedUser) => string): Answer {
  if (change.outcome !== 'done') return refusals[change.outcome]
  return { json: toManagedUser(change.user), text: toText(change.user) }
}

export function showUser(user: ManagedUser): Answer {
  const rows = [
    ['id', user.id],
    ['email', `${user.email}${user.emailVerifiedAt ? '' : ' (not confirmed)'}`],
    ['username', user.username ?? '-'],
    ['name', user.displayName ?? '-'],
    ['role', user.role],
    ['state', toState(user)],
    ['created', toMinute(new Date(user.createdAt))],
    ['changed', toMinute(new Date(user.updatedAt))],
  ]
  return { json: toManagedUser(user), text: toTable(rows) }
}

export function toUserTable(users: ManagedUser[]): string {
  const headings = ['EMAIL', 'USERNAME', 'NAME', 'ROLE', 'STATE', 'CREATED']
  const rows = users.map((user) => [
    user.email,
    user.username ?? '-',
    user.displayName ?? '-',
    user.role,
    toState(user),
    toMinute(new Date(user.createdAt)),
  ])
  return toTable([headings, ...rows])
}

function toState({ isActive, emailVerifiedAt, deactivation }: ManagedUser): string {
  if (isActive) return emailVerifiedAt ? 'active' : 'not confirmed'
  const until = deactivation?.until ? ` until ${toMinute(new Date(deactivation.until))}` : ''
  return `deactivated${until}${deactivation?.reason ? `: ${deactivation.reason}` : ''}`
}
