import type { AccessTokenService } from '../../domain/access-token/access-token.service.ts'
import { covers, grantScopes, readScopes, SCOPES, type Scope } from '../../domain/access-token/scope.ts'
import type { ApiClientService } from '../../domain/api-client/api-client.service.ts'
import { FIRST_PARTY_ID } from '../../domain/api-client/api-client.ts'
import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { RefreshTokenService } from '../../domain/refresh-token/refresh-token.service.ts'
import type { TokenFamily } from '../../domain/refresh-token/refresh-token.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { Member, Session } from '../../domain/session/session.ts'
import { leaveOutSecrets, readPowers, type UserWithPasswordHash } from '../../domain/user/user.ts'

export type TokensService = ReturnType<typeof createTokensService>
/** The client asking for a token. `scopes` is everything it may ever have. */
export type TokenClient = { id: string; scopes: Scope[]; isPublic: boolean }
export type Tokens = {
  accessToken: string
  expiresInSeconds: number
  scopes: Scope[]
  refreshToken: string | null
}
export type Refresh = { outcome: 'refreshed'; tokens: Tokens } | { outcome: 'refused' | 'scope-exceeded' }
type Asked = { client: TokenClient; asked: Scope[]; origin: Origin }
/** Null: what the refresh token had. */
type AskedAgain = Omit<Asked, 'asked'> & { asked: Scope[] | null }

type Family = Pick<TokenFamily, 'id' | 'createdAt'>

type Dependencies = {
  clients: ApiClientService
  accessTokens: AccessTokenService
  refreshTokens: RefreshTokenService
  sessions: SessionService
}

/** Our own programs need no registration: they hold what a person gave them, and can prove nothing else. */
const FIRST_PARTY: TokenClient = { id: FIRST_PARTY_ID, scopes: [...SCOPES], isPublic: true }

const WITHOUT_FAMILY = { refreshToken: null, family: null }

/** Which client asks, what it may have, and the tokens for it. */
export function createTokensService({ clients, accessTokens, refreshTokens, sessions }: Dependencies) {
  async function mint(
    { user, session }: Member,
    { clientId, scopes, family }: { clientId: string; scopes: Scope[]; family: Family | null },
  ) {
    const { token, expiresInSeconds } = await accessTokens.mint({
      subject: user.id,
      role: readPowers(user),
      sessionId: session.id,
      authenticatedAt: findProof(session, family),
      clientId,
      scopes,
      familyId: family?.id ?? null,
    })
    return { accessToken: token, expiresInSeconds, scopes }
  }

  /**
   * An access token for a live session; null when it has ended in the meantime. There is a refresh token only with
   * `offline_access`: without it nothing is written.
   */
  async function exchange(member: Member, { client, asked, origin }: Asked): Promise<Tokens | null> {
    const scopes = grantScopes(asked, readPowers(member.user)).filter((scope) =>
      client.scopes.includes(scope),
    )
    const started = scopes.includes('offline_access')
      ? await refreshTokens.start({ member, clientId: client.id, scopes, origin })
      : WITHOUT_FAMILY
    if (!started) return null
    const { refreshToken, family } = started
    return { ...(await mint(member, { clientId: client.id, scopes, family })), refreshToken }
  }

  return {
    exchange,

    /** Null for a client that cannot prove who it is. */
    async identify(credentials: { id: string; secret: string | null } | null): Promise<TokenClient | null> {
      const isFirstParty = credentials?.id === FIRST_PARTY.id && credentials.secret === null
      return credentials && !isFirstParty ? clients.authenticate(credentials) : FIRST_PARTY
    },

    /** False for scopes that this client may never have, whoever signs in. */
    mayAsk: ({ scopes }: TokenClient, asked: Scope[] | null): boolean => !asked || covers(scopes, asked),

    /** The next access token and refresh token of a family. */
    async refresh(token: string, { client, asked, origin }: AskedAgain): Promise<Refresh> {
      const rotation = await refreshTokens.rotate({ token, clientId: client.id, scopes: asked, origin })
      if (rotation.outcome !== 'rotated') return rotation
      const { family, member, refreshToken } = rotation
      const scopes = grantScopes(asked ?? readScopes(family.scope), readPowers(member.user))
      const minted = await mint(member, { clientId: client.id, scopes, family })
      return { outcome: 'refreshed', tokens: { ...minted, refreshToken } }
    },

    /** After a password was proved: a session whose secret nobody holds, and its tokens (RFC 6749 §4.3). */
    async startSession(user: UserWithPasswordHash, { client, asked, origin }: Asked): Promise<Tokens | null> {
      const secret = sessions.makeSecret()
      const begin = sessions.prepare(secret, {
        user,
        method: 'password',
        remember: true,
        browser: 'program',
        origin,
      })
      await sessions.start(secret, begin)
      const wanted = new Set([...grantScopes(asked, readPowers(user)), 'offline_access' as const])
      return exchange(
        { user: leaveOutSecrets(user), session: begin.session },
        { client, asked: [...wanted], origin },
      )
    },
  }
}

/** What the person proves later is not for a program that had its refresh token before (RFC 9068 §2.2.1). */
function findProof({ createdAt, authenticatedAt }: Session, family: Family | null): Date {
  const proved = new Date(authenticatedAt)
  return family && family.createdAt < proved ? new Date(createdAt) : proved
}
