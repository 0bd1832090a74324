import type { Clock } from '../../platform/clock.ts'
import { covers, readScopes, type Scope } from '../access-token/scope.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { TellOwner } from '../notice/tell-owner.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import type { SessionService } from '../session/session.service.ts'
import type { Member } from '../session/session.ts'
import { later } from '../time.ts'
import { endFamily, endSurplus } from './family-end.ts'
import { isFamilyLive, isRefreshToken, type TokenFamily } from './refresh-token.ts'
import { makeToken, type Presented, type TokenRotation } from './token-rotation.ts'

export type RefreshTokenService = ReturnType<typeof createRefreshTokenService>
type NewFamily = { member: Member; clientId: string; scopes: readonly Scope[]; origin: Origin }
type FamilyKey = Pick<TokenFamily, 'id' | 'sessionId' | 'userId'>
export type Refreshed =
  | { outcome: 'rotated'; refreshToken: string; family: TokenFamily; member: Member }
  | { outcome: 'refused' | 'scope-exceeded' }

type Dependencies = {
  rotation: TokenRotation
  sessions: SessionService
  repositories: Repositories
  transact: Transact
  tellOwner: TellOwner
  familyLifetimeMs: number
  clock: Clock
}

const ID_BYTES = 16

/** Tokens that live as long as their session, and give a new access token without it. */
export function createRefreshTokenService(dependencies: Dependencies) {
  const { rotation, sessions, repositories, transact, tellOwner, familyLifetimeMs, clock } = dependencies

  /** The token, its family and its owner, whatever their state. Changes nothing. */
  async function find(token: string) {
    const record = isRefreshToken(token) ? await repositories.refreshTokens.find(hashSecret(token)) : null
    if (!record) return null
    const { family, owner, createdAt, usedAt } = record
    const isActive = usedAt === null && isFamilyLive(record, clock.now())
    return { family, member: toMember(owner), createdAt, isActive }
  }

  /** Ask this first, so that a request that cannot be granted does not use up the token. */
  async function isTooMuch({ token, clientId }: Presented, scopes: readonly Scope[]): Promise<boolean> {
    const found = await find(token)
    return Boolean(
      found?.isActive &&
        found.family.clientId === clientId &&
        !covers(readScopes(found.family.scope), scopes),
    )
  }

  /** Only refresh tokens leave a trace: who asks for an access token alone is not known the next time. */
  async function isNewClient({ tokenFamilies }: Repositories, { userId, clientId }: TokenFamily) {
    return !(await tokenFamilies.hasAny({ userId, clientId }))
  }

  /** Its session may go on under another id by now. */
  async function findOfOwner({ sessionId, ...key }: FamilyKey): Promise<TokenFamily | null> {
    const { sessions, tokenFamilies } = repositories
    const found = await tokenFamilies.findOfOwner({ ...key, sessionId })
    if (found || !(await sessions.isRenewed(key.userId, sessionId))) return found
    return tokenFamilies.findOfOwner(key)
  }

  return {
    find,

    /** A family and its first token. Null when the session has ended in the meantime. */
    async start({ member, clientId, scopes, origin }: NewFamily) {
      const { user, session } = member
      const now = clock.now()
      const refreshToken = makeToken()
      const expiresAtMs = Math.min(later(now, familyLifetimeMs).getTime(), Date.parse(session.expiresAt))
      const family: TokenFamily = {
        id: `fam_${randomSecret(ID_BYTES)}`,
        sessionId: session.id,
        userId: user.id,
        clientId,
        scope: scopes.join(' '),
        createdAt: now,
        lastUsedAt: now,
        expiresAt: new Date(expiresAtMs),
      }
      const details = { family: family.id, client: clientId, session: session.id, scope: family.scope }
      const event = { at: now, actorId: user.id, subjectId: user.id, origin, details }
      const mayBeNews = await isNewClient(repositories, family)
      const isStarted = await transact(async (parts) => {
        // In the order in which everybody else holds them.
        if (mayBeNews) await parts.userChanges.hold(user.id)
        if (!(await parts.sessions.hold(session.id, now))) return false
        const tokenHash = hashSecret(refreshToken)
        const isNews = mayBeNews && (await isNewClient(parts, family))
        await parts.tokenFamilies.insert(family)
        await parts.refreshTokens.insert({ tokenHash, familyId: family.id, createdAt: now })
        await parts.audit.record({ action: 'token.family_started', ...event })
        if (isNews) await tellOwner(parts, user, { action: 'token.family_started', ...event })
        await endSurplus(parts, session.id, { origin, now })
        return true
      })
      return isStarted ? { refreshToken, family } : null
    },

    /**
     * A new token for one that was not used yet; the same one again for a retry. `scopes` may narrow what this answer is for, the
     * family keeps its own (RFC 6749 §6).
     */
    async rotate({
      scopes,
      ...presented
    }: Presented & { scopes: readonly Scope[] | null }): Promise<Refreshed> {
      if (!isRefreshToken(presented.token)) return { outcome: 'refused' }
      if (scopes && (await isTooMuch(presented, scopes))) return { outcome: 'scope-exceeded' }
      const rotated = await rotation.rotate(presented)
      if (!rotated) return { outcome: 'refused' }
      const { refreshToken, family, owner } = rotated
      if (scopes && !covers(readScopes(family.scope), scopes)) return { outcome: 'scope-exceeded' }
      const member = toMember(owner)
      sessions.markSeenByToken(member)
      return { outcome: 'rotated', refreshToken, family, member }
    },

    isFamilyLive: (id: string) => repositories.tokenFamilies.isLive(id, clock.now()),

    /** RFC 7009: the whole family of a token ends. False when there is nothing to end, or it is another client's. */
    async end({ token, clientId, origin }: Presented): Promise<boolean> {
      const found = await find(token)
      if (found?.family.clientId !== clientId) return false
      const ending = { reason: 'revoked-by-client', origin, now: clock.now() } as const
      return transact((parts) => endFamily(parts, found.family, ending))
    },

    /** Ended by its owner, from a list. Ending it twice changes nothing. False when it does not exist or is somebody else's. */
    async endFamily({ origin, ...key }: FamilyKey & { origin: Origin }): Promise<boolean> {
      const family = await findOfOwner(key)
      const ending = { reason: 'revoked-by-owner', origin, now: clock.now() } as const
      if (!family) return false
      await transact((parts) => endFamily(parts, family, ending))
      return true
    },

    /** By the id of the session they came from; last used first. */
    async listLiveOfUser(userId: string): Promise<Map<string, TokenFamily[]>> {
      const families = await repositories.tokenFamilies.listLiveOfUser(userId, clock.now())
      return Map.groupBy(families, ({ sessionId }) => sessionId)
    },
  }
}

function toMember({ user, session }: Member): Member {
  return { user, session }
}
