import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../platform/clock.ts'
import type { Jwt } from '../../platform/jwt.ts'
import type { SigningKeyService } from '../signing-key/signing-key.service.ts'
import { SECOND_MS, toSeconds } from '../time.ts'
import type { Role } from '../user/user.ts'
import { type AccessTokenClaims, accessTokenClaims } from './access-token.ts'
import type { Scope } from './scope.ts'

export type AccessTokenService = ReturnType<typeof createAccessTokenService>
export type AccessTokenCheck =
  | { outcome: 'valid'; claims: AccessTokenClaims }
  | { outcome: 'expired' | 'invalid' }
export type NewAccessToken = {
  subject: string
  clientId: string
  sessionId: string
  scopes: readonly Scope[]
  role: Role
  authenticatedAt: Date
  /** Null when it comes without a refresh token. */
  familyId: string | null
}
type Dependencies = {
  jwt: Jwt
  keys: Pick<SigningKeyService, 'signer' | 'find' | 'publicJwks'>
  clock: Clock
  issuer: string
  audience: string
  lifetimeMs: number
}

const TYPE = 'at+jwt'
const LEEWAY_SECONDS = 30
const SEEN_AT_MOST = 10_000

/** Access tokens (RFC 9068). Asks neither SQL nor Redis: whether the session behind a token lives is another question. */
export function createAccessTokenService({ jwt, keys, clock, issuer, audience, lifetimeMs }: Dependencies) {
  const lifetimeSeconds = lifetimeMs / SECOND_MS
  const seenGood = new LRUCache<string, { keyId: unknown; claims: AccessTokenClaims }>({ max: SEEN_AT_MOST })

  async function mint({
    subject,
    clientId,
    sessionId,
    scopes,
    role,
    authenticatedAt,
    familyId,
  }: NewAccessToken) {
    const issuedAt = toSeconds(clock.now())
    const claims: AccessTokenClaims = {
      iss: issuer,
      aud: audience,
      sub: subject,
      client_id: clientId,
      sid: sessionId,
      scope: scopes.join(' '),
      iat: issuedAt,
      exp: issuedAt + lifetimeSeconds,
      jti: randomUUID(),
      auth_time: toSeconds(authenticatedAt),
      role,
      ...(familyId !== null && { family: familyId }),
    }
    const token = await jwt.sign(claims, TYPE, await keys.signer())
    return { token, jti: claims.jti, expiresInSeconds: lifetimeSeconds }
  }

  /** `expired` is only for a token of ours. A signature once verified stays valid while its key is trusted. */
  async function verify(token: string): Promise<AccessTokenCheck> {
    const known = seenGood.get(token)
    if (!known || !(await keys.find(known.keyId))) return verifySignature(token)
    return believe(known.claims)
  }

  async function verifySignature(token: string): Promise<AccessTokenCheck> {
    const said = jwt.decode(token)
    const key = said && (await keys.find(said.header.kid))
    if (!key) return { outcome: 'invalid' }
    const now = clock.now()
    const verified = await jwt.verify(token, key, {
      type: TYPE,
      issuer,
      audience,
      now,
      leewaySeconds: LEEWAY_SECONDS,
    })
    if (verified.outcome !== 'valid') return verified
    const { success, data: claims } = accessTokenClaims.safeParse(verified.claims)
    if (!success) return { outcome: 'invalid' }
    seenGood.set(token, { keyId: said.header.kid, claims })
    return believe(claims)
  }

  /** A signed token is good until it expires. */
  function believe(claims: AccessTokenClaims): AccessTokenCheck {
    const now = toSeconds(clock.now())
    if (now >= claims.exp + LEEWAY_SECONDS) return { outcome: 'expired' }
    return now < claims.iat - LEEWAY_SECONDS ? { outcome: 'invalid' } : { outcome: 'valid', claims }
  }

  /**
   * Signs a token that opens nothing, reads the keys as everybody reads them, and verifies it by them alone. With a shared secret
   * there is nothing to publish: it is verified as our own API does.
   */
  async function isTrustedElsewhere(): Promise<boolean> {
    const now = clock.now()
    const about = { sub: 'nobody', client_id: 'status', sid: 'none', scope: '', jti: randomUUID() }
    const times = { iat: toSeconds(now), exp: toSeconds(now) + 1 }
    const signer = await keys.signer()
    const token = await jwt.sign({ iss: issuer, aud: audience, ...about, ...times }, TYPE, signer)
    const expected = { type: TYPE, issuer, audience, now, leewaySeconds: LEEWAY_SECONDS }
    const shared = signer.id === null ? await keys.find(undefined) : null
    if (shared) return (await jwt.verify(token, shared, expected)).outcome === 'valid'
    return jwt.isValidByJwks(token, JSON.parse(JSON.stringify(await keys.publicJwks())), expected)
  }

  /** What a token claims. Trust none of it before `verify`. */
  const decode = (token: string) => jwt.decode(token)?.claims ?? null

  function findExpiration(token: string): Date | null {
    const exp = decode(token)?.exp
    return Number.isSafeInteger(exp) ? new Date(Number(exp) * SECOND_MS) : null
  }

  return {
    mint,
    verify,
    isTrustedElsewhere,
    decode,
    /** By its own claim: no other kind of token, ours or anybody else's, says this (RFC 8725 §3.11). */
    isAccessToken: (token: string): boolean => jwt.decode(token)?.header.typ === TYPE,
    findUserId: (token: string): string | null => toText(decode(token)?.sub),
    findJti: (token: string): string | null => toText(decode(token)?.jti),
    findExpiration,

    /** Also true when no time is given: such a token was never good. */
    isExpired(token: string): boolean {
      const expiration = findExpiration(token)
      return !expiration || clock.now() >= expiration
    },
  }
}

function toText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
