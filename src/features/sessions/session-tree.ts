import { toDeviceName } from '../../domain/session/device-name.ts'
import { toPublicSession } from '../../domain/session/session.ts'
import type { SessionWithTokens } from './sessions.service.ts'

/** A session with what came of it, as the API shows it to its owner. */
export function toPublicTree(
  { session, families }: SessionWithTokens,
  { now, current }: { now: Date; current: string },
) {
  return {
    ...toPublicSession(session, now),
    device: toDeviceName(session.userAgent),
    is_current: session.id === current,
    tokens: families.map((family) => ({
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
