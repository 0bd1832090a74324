import { toDeviceName } from './device-name.ts'
import { type Session, toPublicSession } from './session.ts'

/** What is to be known of the refresh tokens that descend from one exchange. */
export type TokenFamily = {
  id: string
  clientId: string
  /** Null for a client that is not registered. */
  clientName: string | null
  scope: string
  createdAt: Date
  lastUsedAt: Date
  expiresAt: Date
}
export type SessionWithTokens = { session: Session; tokens: TokenFamily[] }

/** A session with what was born from it, as the API shows it to its owner. */
export function toPublicTree(
  { session, tokens }: SessionWithTokens,
  { now, current }: { now: Date; current: string },
) {
  return {
    ...toPublicSession(session, now),
    device: toDeviceName(session.userAgent),
    is_current: session.id === current,
    tokens: tokens.map((family) => ({
      family_id: family.id,
      client_id: family.clientId,
      client_name: family.clientName,
      scope: family.scope,
      created_at: family.createdAt.toISOString(),
      last_used_at: family.lastUsedAt.toISOString(),
      expires_at: family.expiresAt.toISOString(),
    })),
  }
}
