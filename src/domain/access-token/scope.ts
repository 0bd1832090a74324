import type { Role } from '../user/user.ts'

/** What a token may be used for; a session may be used for everything. */
export const SCOPES = [
  'account:read',
  'account:write',
  'users:read',
  'users:write',
  'audit:read',
  'offline_access',
] as const
export type Scope = (typeof SCOPES)[number]

const OF_ADMINS: Scope[] = ['users:read', 'users:write', 'audit:read']
/** For requests that name no scope (RFC 9700 §2.3: no more than is needed). */
export const DEFAULT_SCOPES: Scope[] = ['account:read']

/** The scopes asked for: space-separated, each once (RFC 6749 §3.3). Null when there are none, or one is unknown. */
export function parseScopes(text: string): Scope[] | null {
  const words = [...new Set(text.split(' ').filter(Boolean))]
  return words.length > 0 && words.every(isScope) ? words : null
}

/** What was once granted, without scopes that no longer exist. */
export function readScopes(text: string): Scope[] {
  const words = text.split(' ')
  return SCOPES.filter((scope) => words.includes(scope))
}

function isScope(word: string): word is Scope {
  return SCOPES.some((scope) => scope === word)
}

/** True when everything asked for was granted. */
export function covers(granted: readonly Scope[], asked: readonly Scope[]): boolean {
  return asked.every((scope) => granted.includes(scope))
}

/** The scopes asked for that this role may have. */
export function grantScopes(asked: readonly Scope[], role: Role): Scope[] {
  return asked.filter((scope) => role === 'admin' || !OF_ADMINS.includes(scope))
}
