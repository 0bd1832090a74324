import type { AccessTokenService } from '../../domain/access-token/access-token.service.ts'
import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { RefreshTokenService } from '../../domain/refresh-token/refresh-token.service.ts'

export type RevocationService = ReturnType<typeof createRevocationService>
type Dependencies = { accessTokens: AccessTokenService; refreshTokens: RefreshTokenService }

export function createRevocationService({ accessTokens, refreshTokens }: Dependencies) {
  return {
    /**
     * Ends the family of a token that the client was given, and nothing for any other token. An access token that has no family
     * cannot be taken back (RFC 7009 §2.2.1).
     */
    async revoke(
      token: string,
      { clientId, origin }: { clientId: string; origin: Origin },
    ): Promise<'done' | 'unsupported'> {
      const verified = await accessTokens.verify(token)
      if (verified.outcome !== 'valid') {
        await refreshTokens.end({ token, clientId, origin })
        return 'done'
      }
      const { family, client_id, sid, sub } = verified.claims
      if (client_id !== clientId) return 'done'
      if (!family) return 'unsupported'
      await refreshTokens.endFamily({ id: family, sessionId: sid, userId: sub, origin })
      return 'done'
    },
  }
}
