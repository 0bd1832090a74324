import { join } from 'node:path'
import type { Config } from './config.ts'
import { createAccessTokenService } from './domain/access-token/access-token.service.ts'
import { createApiClientService } from './domain/api-client/api-client.service.ts'
import { createHousekeepingService } from './domain/housekeeping.service.ts'
import { createVerificationService } from './domain/one-time-link/verification.service.ts'
import { createOutboxService } from './domain/outgoing-mail/outbox.service.ts'
import { createPasswordService } from './domain/password/password.service.ts'
import { createRefreshTokenService } from './domain/refresh-token/refresh-token.service.ts'
import { createTokenRotation } from './domain/refresh-token/token-rotation.ts'
import { createRepositories, type Repositories } from './domain/repositories.ts'
import { createSessionService } from './domain/session/session.service.ts'
import type { Member } from './domain/session/session.ts'
import { createSessionCheck } from './domain/session/session-check.ts'
import { createRecordEnd } from './domain/session/session-end.ts'
import { createTombstones } from './domain/session/tombstones.ts'
import { createUnconfirmedEnds } from './domain/session/unconfirmed-ends.ts'
import { createKeyRotation } from './domain/signing-key/key-rotation.ts'
import { createSigningKeyService } from './domain/signing-key/signing-key.service.ts'
import { CannotStart } from './errors.ts'
import { createAccountService } from './features/account/account.service.ts'
import { createHealthService } from './features/health/health.service.ts'
import { createLoginService } from './features/login/login.service.ts'
import { createAdmissionService } from './features/oauth/admission.service.ts'
import { createArrivalService } from './features/oauth/arrival.service.ts'
import { createGoogleClient } from './features/oauth/google.client.ts'
import { createOAuthService } from './features/oauth/oauth.service.ts'
import { createRegisterService } from './features/register/register.service.ts'
import { createMySessionsService } from './features/sessions/sessions.service.ts'
import { createIntrospectionService } from './features/tokens/introspection.service.ts'
import { createRevocationService } from './features/tokens/revocation.service.ts'
import { createTokensService } from './features/tokens/tokens.service.ts'
import { createAdminService } from './features/users/create-admin.service.ts'
import { createUsersService } from './features/users/users.service.ts'
import { createAttemptLimits, toAddressKey } from './platform/attempt-limits.ts'
import { createBreaker } from './platform/breaker.ts'
import type { Clock } from './platform/clock.ts'
import { openDatabase } from './platform/database.ts'
import { createEncryption } from './platform/encryption.ts'
import { createJwt } from './platform/jwt.ts'
import { deriveKeys } from './platform/keys.ts'
import { renderLetter } from './platform/letter-templates.ts'
import type { Log } from './platform/log.ts'
import { openSmtpMailer } from './platform/mailer.ts'
import { applyMigrations } from './platform/migrations.ts'
import { createPasswordHasher } from './platform/password-hasher.ts'
import { openPasswordStrength } from './platform/password-strength.ts'
import { openRedis } from './platform/redis.ts'
import { createSessionCopies } from './platform/session-copies.ts'
import { openSpool } from './platform/spool.ts'

export type World = Awaited<ReturnType<typeof openWorld>>
export type Services = ReturnType<typeof createServices>

/** Brings the database to the newest schema before anybody asks it. Throws CannotStart. */
export async function prepareDatabase({ databaseUrl }: Config, { log }: { log: Log }) {
  const migrations = await applyMigrations(databaseUrl).catch((cause) => {
    throw new CannotStart('The database cannot be used', cause)
  })
  if (migrations.length > 0) log.info({ migrations }, 'the database was brought up to date')
}

/** Everything outside the process. Opened once, closed last. */
export async function openWorld(config: Config, { log, clock }: { log: Log; clock: Clock }) {
  const sql = await openDatabase({ url: config.databaseUrl })
  const sqlForChecks = await openDatabase({ url: config.databaseUrl, poolSize: 4 })
  const redis = config.redisUrl ? openRedis(config.redisUrl) : null
  const strength = openPasswordStrength()
  return {
    log,
    clock,
    sql,
    sqlForChecks,
    redis,
    strength,
    hasher: createPasswordHasher(config.argon2),
    encryption: createEncryption(config.secretKeys),
    mailer: config.smtpUrl ? openSmtpMailer({ url: config.smtpUrl, from: config.emailFrom }) : null,
    spool: openSpool(join(config.dataDir, 'unconfirmed-sign-outs')),

    async close() {
      redis?.close()
      await Promise.all([sql.close(), sqlForChecks.close(), strength.close()])
    },
  }
}

export function createServices(config: Config, world: World) {
  const { log, clock, sql, sqlForChecks, redis, encryption } = world
  const { session, baseUrl } = config

  const repositories = createRepositories(sql.database, encryption)
  const transact = <T>(work: (parts: Repositories) => Promise<T>) =>
    sql.transact((database) => work(createRepositories(database, encryption)))

  const sessionReads = createRepositories(sqlForChecks.database, encryption).sessions
  const copies = redis && createSessionCopies<Member>(redis)
  const tombstones = createTombstones({ copies, clock, leaseMs: session.leaseMs })
  const recordEnd = createRecordEnd(transact)
  const unconfirmedEnds = createUnconfirmedEnds({ recordEnd, tombstones, spool: world.spool, clock, log })
  const sqlBreaker = createBreaker(sqlForChecks.ping)
  sqlBreaker.events.on('open', () => log.warn('the database does not answer'))
  sqlBreaker.events.on('close', () => log.info('the database answers again'))
  redis?.events.on('lost', () => log.warn('Redis does not answer: sessions are read from the database'))
  redis?.events.on('found', () => log.info('Redis answers'))
  const check = createSessionCheck({
    sessionReads,
    sql: sqlBreaker,
    copies,
    isEndedHere: unconfirmedEnds.has,
    clock,
    ...session,
  })
  const sessions = createSessionService({
    check,
    recordEnd,
    tombstones,
    unconfirmedEnds,
    copies,
    repositories,
    transact,
    clock,
    log,
    lifetimes: session,
  })

  const rotation = createTokenRotation({
    repositories,
    transact,
    isSqlite: sql.isSqlite,
    sealWith: (token) => createEncryption([token]),
    graceMs: config.refreshTokens.graceMs,
    accountUrl: `${baseUrl}/account`,
    clock,
  })
  const refreshTokens = createRefreshTokenService({
    rotation,
    sessions,
    repositories,
    transact,
    familyLifetimeMs: config.refreshTokens.familyLifetimeMs,
    clock,
  })

  const passwords = createPasswordService({
    hasher: world.hasher,
    strength: world.strength,
    policy: config.passwordPolicy,
    portalName: config.portalName,
  })
  const verification = createVerificationService({
    repositories,
    transact,
    passwords,
    proofKeys: deriveKeys(config.secretKeys, 'registration proof'),
    baseUrl,
    clock,
  })
  const register = createRegisterService({
    repositories,
    transact,
    passwords,
    verification,
    mode: config.registration,
    loginUrl: `${baseUrl}/login`,
    clock,
  })
  const login = createLoginService({
    repositories,
    passwords,
    unverifiedMayEnter: config.registration === 'open',
    clock,
    log,
  })
  const oauth = config.google && createOAuth(config.google)

  function createOAuth(google: NonNullable<Config['google']>) {
    const provider = createGoogleClient(google)
    const admission = createAdmissionService({
      provider,
      repositories,
      transact,
      sessions,
      verification,
      accountUrl: `${baseUrl}/account`,
      clock,
    })
    const arrivals = createArrivalService({
      provider,
      admission,
      repositories,
      verification,
      registration: config.registration,
      clock,
    })
    return createOAuthService({ provider, arrivals, repositories, clock, log })
  }

  const jwt = createJwt()
  const { algorithm, sharedSecret, keyRotationMs, audience, lifetimeMs } = config.accessTokens
  const signingKeys = createSigningKeyService({
    keys: repositories.signingKeys,
    rotation: createKeyRotation({
      repositories,
      transact,
      jwt,
      algorithm,
      rotationMs: keyRotationMs,
      clock,
    }),
    jwt,
    sharedSecret,
    clock,
    log,
  })
  const accessTokens = createAccessTokenService({
    jwt,
    keys: signingKeys,
    clock,
    issuer: baseUrl,
    audience,
    lifetimeMs,
  })

  const clients = createApiClientService({ repositories, transact, clock })
  const attemptLimit = createAttemptLimits({ redis, database: sql.database })
  const limits = {
    signInsPerAccount: attemptLimit({ name: 'sign-in-account', points: 5, durationSeconds: 300 }),
    signInsPerBrowser: attemptLimit({ name: 'sign-in-browser', points: 5, durationSeconds: 300 }),
    requestsPerAddress: attemptLimit({ name: 'address', points: 10, durationSeconds: 60 }),
    toAddressKey,
  }
  const housekeeping = createHousekeepingService({ repositories, clock, log })
  const outbox = createOutboxService({
    mails: repositories.mails,
    mailer: world.mailer,
    render: renderLetter,
    portal: { name: config.portalName, baseUrl },
    clock,
    log,
  })

  return {
    sessions,
    refreshTokens,
    passwords,
    verification,
    register,
    login,
    oauth,
    users: createUsersService({ repositories, transact, sessions, verification, clock }),
    mySessions: createMySessionsService({ repositories, sessions, refreshTokens, clock }),
    account: createAccountService(repositories),
    clients,
    tokens: createTokensService({ clients, accessTokens, refreshTokens, sessions }),
    revocation: createRevocationService({ accessTokens, refreshTokens }),
    introspection: createIntrospectionService({ accessTokens, refreshTokens, sessions }),
    admins: createAdminService({ transact, passwords, clock }),
    health: createHealthService({
      pingSql: sql.ping,
      isRedisUp: redis?.isUp ?? null,
      staleIfSqlDown: session.staleIfSqlDown,
    }),
    signingKeys,
    accessTokens,
    outbox,
    housekeeping,
    limits,
    repositories,

    async close() {
      sessions.close()
      housekeeping.close()
      sqlBreaker.events.removeAllListeners()
      sqlBreaker.close()
      await signingKeys.close()
      await outbox.close()
    },
  }
}
