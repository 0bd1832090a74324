import type { Role } from '../user/user.ts'

/** What a token may be used for; a session may be used for everything. */
export const SCOPES = [
  'account:read',
  'account:write',
  'users:read',
  'users:write',
  'offline_access',
] as const
export type Scope = (typeof SCOPES)[number]

const OF_ADMINS: Scope[] = ['users:read', 'users:write']
/** Of who names no scope (RFC 9700 §2.3: no more than is needed). */
export const DEFAULT_SCOPES: Scope[] = ['account:read']

/** What somebody asks for: space-separated, each once (RFC 6749 §3.3). Null when there is none, or one that is unknown. */
export function parseScopes(text: string): Scope[] | null {
  const words = [...new Set(text.split(' ').filter(Boolean))]
  return words.length > 0 && words.every(isScope) ? words : null
}

/** What was granted once, as far as we still know such scopes. */
export function readScopes(text: string): Scope[] {
  const words = text.split(' ')
  return SCOPES.filter((scope) => words.includes(scope))
}

function isScope(word: string): word is Scope {
  return SCOPES.some((scope) => scope === word)
}

/** True when nothing was asked for that was not granted. */
export function covers(granted: readonly Scope[], asked: readonly Scope[]): boolean {
  return asked.every((scope) => granted.includes(scope))
}

/** What somebody of this role gets of what was asked for. */
export function grantScopes(asked: readonly Scope[], role: Role): Scope[] {
  return asked.filter((scope) => role === 'admin' || !OF_ADMINS.includes(scope))
}
