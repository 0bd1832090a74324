/** What a token may be used for; a session may be used for everything. */
export const SCOPES = [
  'account:read',
  'account:write',
  'users:read',
  'users:write',
  'offline_access',
] as const
export type Scope = (typeof SCOPES)[number]
