import { sessionCheckOperations } from './features/account/account.openapi.ts'
import { auditOperations } from './features/audit/audit.openapi.ts'
import { dashboardOperations } from './features/dashboard/dashboard.openapi.ts'
import { dataOperations } from './features/data/data.openapi.ts'
import { docsOperations } from './features/docs/docs.openapi.ts'
import { emailOperations } from './features/email/email.openapi.ts'
import { forgotPasswordOperations } from './features/forgot-password/forgot-password.openapi.ts'
import { healthOperations } from './features/health/health.openapi.ts'
import { historyOperations } from './features/history/history.openapi.ts'
import { identitiesOperations } from './features/identities/identities.openapi.ts'
import { jwksOperations } from './features/jwks/jwks.openapi.ts'
import { loginOperations } from './features/login/login.openapi.ts'
import { logoutOperations } from './features/logout/logout.openapi.ts'
import { metadataOperations } from './features/metadata/metadata.openapi.ts'
import { notMeOperations } from './features/not-me/not-me.openapi.ts'
import { passwordOperations } from './features/password/password.openapi.ts'
import { reauthenticateOperations } from './features/reauthenticate/reauthenticate.openapi.ts'
import { registerOperations } from './features/register/register.openapi.ts'
import { resetPasswordOperations } from './features/reset-password/reset-password.openapi.ts'
import { sessionsOperations } from './features/sessions/sessions.openapi.ts'
import { introspectionOperations, tokensOperations } from './features/tokens/tokens.openapi.ts'
import { undoEmailChangeOperations } from './features/undo-email-change/undo-email-change.openapi.ts'
import { profileOperations, usersOperations } from './features/users/users.openapi.ts'
import { verifyEmailOperations } from './features/verify-email/verify-email.openapi.ts'
import type { Chapter } from './http/operation.ts'

/** The API as /docs and /openapi.json tell it. Every route of a *.api.ts is described in the *.openapi.ts beside it. */
export const chapters: Chapter[] = [
  {
    title: 'Signing in',
    text: 'Sign in with a password to start a session. It lasts until you end it or stop using it. Its secret is all you need to call this API.',
    operations: {
      ...loginOperations,
      ...sessionCheckOperations,
      ...reauthenticateOperations,
      ...logoutOperations,
    },
  },
  {
    title: 'Tokens',
    text: 'For programs that call other services. Exchange a session for an access token, which lasts minutes and allows only what its scope names. Ask for a refresh token to get the next one. Tokens end with their session.',
    operations: tokensOperations,
  },
  {
    title: 'Verifying tokens',
    text: 'For services that receive access tokens. Verify the signature with the portal’s keys, or ask the portal.',
    operations: { ...metadataOperations, ...jwksOperations, ...introspectionOperations },
  },
  {
    title: 'My sessions',
    text: 'Where you are signed in, which programs hold tokens, and what happened to your account.',
    operations: { ...sessionsOperations, ...historyOperations },
  },
  {
    title: 'My account',
    text: 'Create an account, confirm its email address, read and change it. Most of the API needs a confirmed address.',
    operations: {
      ...registerOperations,
      ...verifyEmailOperations,
      ...profileOperations,
      ...dataOperations,
      ...forgotPasswordOperations,
      ...resetPasswordOperations,
      ...notMeOperations,
      ...passwordOperations,
      ...identitiesOperations,
      ...emailOperations,
      ...undoEmailChangeOperations,
    },
  },
  {
    title: 'Administration',
    text: 'For administrators.',
    operations: { ...usersOperations, ...auditOperations },
  },
  {
    title: 'Operation',
    text: 'For the people who run the portal, and their monitoring.',
    operations: { ...healthOperations, ...dashboardOperations, ...docsOperations },
  },
]
