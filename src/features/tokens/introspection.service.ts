import type { AccessTokenService } from '../../domain/access-token/access-token.service.ts'
import type { RefreshTokenService } from '../../domain/refresh-token/refresh-token.service.ts'
import { isRefreshToken } from '../../domain/refresh-token/refresh-token.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import { toSeconds } from '../../domain/time.ts'
import type { Introspection } from './introspection.ts'

export type IntrospectionService = ReturnType<typeof createIntrospectionService>
type Dependencies = {
  accessTokens: AccessTokenService
  refreshTokens: RefreshTokenService
  sessions: SessionService
}

const INACTIVE: Introspection = { active: false }

/** What tokens are good for, told to the clients that are shown them (RFC 7662). */
export function createIntrospectionService({ accessTokens, refreshTokens, sessions }: Dependencies) {
  /** Active while its session lives and its family has not ended. */
  async function describeAccessToken(token: string): Promise<Introspection> {
    const verified = await accessTokens.verify(token)
    if (verified.outcome !== 'valid') return INACTIVE
    const { family, ...claims } = verified.claims
    const { state } = await sessions.checkById(claims.sid)
    if (state !== 'live' || (family && !(await refreshTokens.isFamilyLive(family)))) return INACTIVE
    return { active: true, token_type: 'Bearer', ...claims }
  }

  /** Only the client that holds it is told. */
  async function describeRefreshToken(token: string, clientId: string): Promise<Introspection> {
    const found = await refreshTokens.find(token)
    if (!found?.isActive || found.family.clientId !== clientId) return INACTIVE
    const { family } = found
    return {
      active: true,
      token_type: 'refresh_token',
      client_id: family.clientId,
      scope: family.scope,
      sub: family.userId,
      sid: family.sessionId,
      iat: toSeconds(family.createdAt),
      exp: toSeconds(family.expiresAt),
    }
  }

  return {
    /** What RFC 7662 §2.2 allows; of an unusable token nothing more than that. */
    describe: (token: string, { clientId }: { clientId: string }) =>
      isRefreshToken(token) ? describeRefreshToken(token, clientId) : describeAccessToken(token),
  }
}
