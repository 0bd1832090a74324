import { sessionCheckOperations } from './features/account/account.openapi.ts'
import { docsOperations } from './features/docs/docs.openapi.ts'
import { healthOperations } from './features/health/health.openapi.ts'
import { jwksOperations } from './features/jwks/jwks.openapi.ts'
import { loginOperations } from './features/login/login.openapi.ts'
import { logoutOperations } from './features/logout/logout.openapi.ts'
import { metadataOperations } from './features/metadata/metadata.openapi.ts'
import { registerOperations } from './features/register/register.openapi.ts'
import { sessionsOperations } from './features/sessions/sessions.openapi.ts'
import { introspectionOperations, tokensOperations } from './features/tokens/tokens.openapi.ts'
import { profileOperations, usersOperations } from './features/users/users.openapi.ts'
import { verifyEmailOperations } from './features/verify-email/verify-email.openapi.ts'
import type { Chapter } from './http/operation.ts'

/** The API as /docs and /openapi.json tell it. Every route of a *.api.ts is described in the *.openapi.ts beside it. */
export const chapters: Chapter[] = [
  {
    title: 'Signing in',
    text: 'A session begins with a password and lasts until it is ended, or not used for too long. Its secret is all that this API needs.',
    operations: { ...loginOperations, ...sessionCheckOperations, ...logoutOperations },
  },
  {
    title: 'Tokens',
    text: 'For programs that speak to other services: they exchange the session for an access token that lasts minutes and opens only what its scope names, and may keep a refresh token for the next one. Tokens end with the session they came from.',
    operations: tokensOperations,
  },
  {
    title: 'Verifying tokens',
    text: 'For services that are shown an access token: verify its signature with the keys of the portal, or ask.',
    operations: { ...metadataOperations, ...jwksOperations, ...introspectionOperations },
  },
  {
    title: 'My sessions',
    text: 'Where I am signed in, and which programs got tokens there.',
    operations: sessionsOperations,
  },
  {
    title: 'My account',
    text: 'An account is good for something once its address is confirmed.',
    operations: { ...registerOperations, ...verifyEmailOperations, ...profileOperations },
  },
  {
    title: 'Users',
    text: 'For administrators.',
    operations: usersOperations,
  },
  {
    title: 'Operation',
    text: 'For those who run the portal, and for their machines.',
    operations: { ...healthOperations, ...docsOperations },
  },
]
