import type { Database, Undo } from '../platform/database.ts'
import type { Encryption } from '../platform/encryption.ts'
import { createApiClientRepository } from './api-client/api-client.repository.ts'
import { createAttemptCountRepository } from './attempt-count/attempt-count.repository.ts'
import { createAuditEventRepository } from './audit-event/audit-event.repository.ts'
import { createAuditLogRepository } from './audit-event/audit-log.repository.ts'
import { createAuditSealRepository } from './audit-event/audit-seal.repository.ts'
import { createHistoryRepository } from './audit-event/history.repository.ts'
import { createSealedEventRepository } from './audit-event/sealed-event.repository.ts'
import { createFiguresRepository } from './figures.repository.ts'
import { createIdentityRepository } from './identity/identity.repository.ts'
import { createOAuthAttemptRepository } from './oauth-attempt/oauth-attempt.repository.ts'
import { createOneTimeLinkRepository } from './one-time-link/one-time-link.repository.ts'
import { createMailListRepository } from './outgoing-mail/mail-list.repository.ts'
import { createOutgoingMailRepository } from './outgoing-mail/outgoing-mail.repository.ts'
import { createRefreshTokenRepository } from './refresh-token/refresh-token.repository.ts'
import { createTokenFamilyRepository } from './refresh-token/token-family.repository.ts'
import { createSessionRepository } from './session/session.repository.ts'
import { createSignInHourRepository } from './sign-in-hour/sign-in-hour.repository.ts'
import { createSigningKeyRepository } from './signing-key/signing-key.repository.ts'
import { createSystemRepository } from './system/system.repository.ts'
import { createDeletionRepository } from './user/deletion.repository.ts'
import { createHeldDataRepository } from './user/held-data.repository.ts'
import { createUserRepository } from './user/user.repository.ts'
import { createUserChangesRepository } from './user/user-changes.repository.ts'
import { createUserListRepository } from './user/user-list.repository.ts'

/** Where no email is sent, none is written. */
export type Surroundings = { encryption: Encryption; sendsMail: boolean }
export type Repositories = ReturnType<typeof createRepositories>
/** All of `work` happens, or nothing: when it throws, or ends with `undo(value)`. Its first statement should be a write. */
export type Transact = <T>(work: (repositories: Repositories, undo: Undo<T>) => Promise<T>) => Promise<T>

export function createRepositories(database: Database, { encryption, sendsMail }: Surroundings) {
  return {
    users: createUserRepository(database),
    userChanges: createUserChangesRepository(database),
    userList: createUserListRepository(database),
    deletions: createDeletionRepository(database),
    heldData: createHeldDataRepository(database),
    sessions: createSessionRepository(database),
    tokenFamilies: createTokenFamilyRepository(database),
    refreshTokens: createRefreshTokenRepository(database),
    identities: createIdentityRepository(database),
    oauthAttempts: createOAuthAttemptRepository(database, encryption),
    links: createOneTimeLinkRepository(database),
    mails: createOutgoingMailRepository(database, { encryption, sendsMail }),
    mailList: createMailListRepository(database),
    clients: createApiClientRepository(database),
    signingKeys: createSigningKeyRepository(database, encryption),
    system: createSystemRepository(database),
    attemptCounts: createAttemptCountRepository(database),
    audit: createAuditEventRepository(database),
    auditLog: createAuditLogRepository(database),
    auditSeals: createAuditSealRepository(database, encryption),
    sealedEvents: createSealedEventRepository(database, encryption),
    history: createHistoryRepository(database),
    signInHours: createSignInHourRepository(database),
    figures: createFiguresRepository(database),
  }
}
