import type { Database } from '../platform/database.ts'
import type { Encryption } from '../platform/encryption.ts'
import { createAttemptCountRepository } from './attempt-count/attempt-count.repository.ts'
import { createAuditEventRepository } from './audit-event/audit-event.repository.ts'
import { createIdentityRepository } from './identity/identity.repository.ts'
import { createOAuthAttemptRepository } from './oauth-attempt/oauth-attempt.repository.ts'
import { createOneTimeLinkRepository } from './one-time-link/one-time-link.repository.ts'
import { createOutgoingMailRepository } from './outgoing-mail/outgoing-mail.repository.ts'
import { createRefreshTokenRepository } from './refresh-token/refresh-token.repository.ts'
import { createTokenFamilyRepository } from './refresh-token/token-family.repository.ts'
import { createSessionRepository } from './session/session.repository.ts'
import { createUserRepository } from './user/user.repository.ts'

export type Repositories = ReturnType<typeof createRepositories>
/** All of `work` happens or nothing. Its first statement should be a write. */
export type Transact = <T>(work: (repositories: Repositories) => Promise<T>) => Promise<T>

export function createRepositories(database: Database, encryption: Encryption) {
  return {
    users: createUserRepository(database),
    sessions: createSessionRepository(database),
    tokenFamilies: createTokenFamilyRepository(database),
    refreshTokens: createRefreshTokenRepository(database),
    identities: createIdentityRepository(database),
    oauthAttempts: createOAuthAttemptRepository(database),
    links: createOneTimeLinkRepository(database),
    mails: createOutgoingMailRepository(database, encryption),
    attemptCounts: createAttemptCountRepository(database),
    audit: createAuditEventRepository(database),
  }
}
