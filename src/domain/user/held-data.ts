/**
 * What is held of a person, table by table: columns that stand in the file somebody downloads, and those that are left out because
 * they open something or only count for the portal. `null`: the table holds nothing of a person.
 */
export const heldColumns = {
  User: {
    shown: [
      'id',
      'email',
      'emailVerifiedAt',
      'username',
      'wantedUsername',
      'displayName',
      'role',
      'isActive',
      'registeredAt',
      'createdAt',
      'updatedAt',
      'deletesAt',
      'failedSignIns',
      'unlinkedProviders',
      'deactivatedUntil',
      'deactivationReason',
    ],
    leftOut: ['passwordHash', 'sessionEpoch', 'browserEpoch'],
  },
  Session: {
    shown: [
      'id',
      'method',
      'remember',
      'ip',
      'userAgent',
      'createdAt',
      'authenticatedAt',
      'lastSeenAt',
      'idleExpiresAt',
      'expiresAt',
      'revokedAt',
      'revokeReason',
    ],
    leftOut: ['secretHash', 'userId', 'userEpoch', 'beganAs'],
  },
  Identity: {
    shown: ['provider', 'subject', 'email', 'createdAt', 'lastUsedAt'],
    leftOut: ['id', 'userId'],
  },
  OneTimeLink: {
    shown: ['kind', 'email', 'createdAt', 'expiresAt', 'returnTo'],
    leftOut: ['tokenHash', 'codeHash', 'userId', 'slot'],
  },
  TokenFamily: {
    shown: [
      'id',
      'sessionId',
      'clientId',
      'scope',
      'createdAt',
      'lastUsedAt',
      'expiresAt',
      'revokedAt',
      'revokeReason',
    ],
    leftOut: ['userId'],
  },
  OutgoingMail: {
    shown: ['recipient', 'template', 'createdAt', 'sentAt', 'failedAt'],
    leftOut: ['id', 'payload', 'nextAttemptAt', 'attempts', 'lastError'],
  },
  AuditEvent: {
    shown: ['id', 'at', 'action', 'ip', 'userAgent', 'details'],
    leftOut: ['actorId', 'subjectId', 'requestId', 'count'],
  },
  RefreshToken: null,
  OAuthAttempt: null,
  AttemptCount: null,
  SigningKey: null,
  ApiClient: null,
  System: null,
} as const
