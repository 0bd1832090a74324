import type { AccessTokenService } from '../../domain/access-token/access-token.service.ts'
import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { RefreshTokenService } from '../../domain/refresh-token/refresh-token.service.ts'
import { isRefreshToken } from '../../domain/refresh-token/refresh-token.ts'

export type RevocationService = ReturnType<typeof createRevocationService>
type Dependencies = { accessTokens: AccessTokenService; refreshTokens: RefreshTokenService }

/** Tokens that a client gives back (RFC 7009). */
export function createRevocationService({ accessTokens, refreshTokens }: Dependencies) {
  return {
    /**
     * Ends the family of a token that this client holds; does nothing for any other token. An access token without a family cannot
     * be revoked (RFC 7009 §2.2.1).
     */
    async revoke(
      token: string,
      { clientId, origin }: { clientId: string; origin: Origin },
    ): Promise<'done' | 'unsupported'> {
      if (isRefreshToken(token)) {
        await refreshTokens.end({ token, clientId, origin })
        return 'done'
      }
      const verified = await accessTokens.verify(token)
      if (verified.outcome !== 'valid' || verified.claims.client_id !== clientId) return 'done'
      const { family, sid, sub } = verified.claims
      if (!family) return 'unsupported'
      await refreshTokens.endFamily({ id: family, sessionId: sid, userId: sub, origin })
      return 'done'
    },
  }
}
