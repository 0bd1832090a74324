import { createAccessTokenService } from '../domain/access-token/access-token.service.ts'
import { createApiClientService } from '../domain/api-client/api-client.service.ts'
import { createRefreshTokenService } from '../domain/refresh-token/refresh-token.service.ts'
import { createTokenRotation } from '../domain/refresh-token/token-rotation.ts'
import { createKeyRotation } from '../domain/signing-key/key-rotation.ts'
import { createSigningKeyService } from '../domain/signing-key/signing-key.service.ts'
import { createIntrospectionService } from '../features/tokens/introspection.service.ts'
import { createRevocationService } from '../features/tokens/revocation.service.ts'
import { createTokensService } from '../features/tokens/tokens.service.ts'
import { createEncryption } from '../platform/encryption.ts'
import { createJwt } from '../platform/jwt.ts'
import type { Ground } from './ground.ts'
import type { SessionArea } from './sessions.ts'

export type TokenArea = ReturnType<typeof wireTokens>

/** What programs get for a session: registered clients, signing keys, access and refresh tokens. */
export function wireTokens(
  { config, world, repositories, forChecks, transact, describeRequest, tellOwner }: Ground,
  { sessions }: SessionArea,
) {
  const { log, clock, sql, sqlBreaker } = world
  const clients = createApiClientService({ repositories, transact, clock })
  const rotation = createTokenRotation({
    repositories,
    transact,
    isSqlite: sql.isSqlite,
    sealWith: (token) => createEncryption([token]),
    graceMs: config.refreshTokens.graceMs,
    accountUrl: `${config.baseUrl}/account`,
    describeRequest,
    clock,
  })
  const refreshTokens = createRefreshTokenService({
    rotation,
    sessions,
    repositories,
    transact,
    tellOwner,
    familyLifetimeMs: config.refreshTokens.familyLifetimeMs,
    clock,
  })
  const jwt = createJwt()
  const { algorithm, sharedSecret, keyRotationMs: rotationMs, audience, lifetimeMs } = config.accessTokens
  const signingKeys = createSigningKeyService({
    keys: repositories.signingKeys,
    keyReads: forChecks.signingKeys,
    sql: sqlBreaker,
    rotation: createKeyRotation({ repositories, transact, jwt, algorithm, rotationMs, clock }),
    jwt,
    sharedSecret,
    staleIfSqlDown: config.session.staleIfSqlDown,
    clock,
    log,
  })
  const accessTokens = createAccessTokenService({
    jwt,
    keys: signingKeys,
    clock,
    issuer: config.baseUrl,
    audience,
    lifetimeMs,
  })
  return {
    clients,
    signingKeys,
    accessTokens,
    refreshTokens,
    tokens: createTokensService({ clients, accessTokens, refreshTokens, sessions }),
    revocation: createRevocationService({ accessTokens, refreshTokens }),
    introspection: createIntrospectionService({ accessTokens, refreshTokens, sessions }),
  }
}
