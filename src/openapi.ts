import { sessionCheckOperations } from './features/account/account.openapi.ts'
import { docsOperations } from './features/docs/docs.openapi.ts'
import { healthOperations } from './features/health/health.openapi.ts'
import { loginOperations } from './features/login/login.openapi.ts'
import { logoutOperations } from './features/logout/logout.openapi.ts'
import { registerOperations } from './features/register/register.openapi.ts'
import { verifyEmailOperations } from './features/verify-email/verify-email.openapi.ts'
import type { Chapter } from './http/operation.ts'

/** The API as /docs and /openapi.json tell it. Every route of a *.api.ts is described in the *.openapi.ts beside it. */
export const chapters: Chapter[] = [
  {
    title: 'Signing in',
    text: 'A session begins with a password and lasts until it is ended, or not used for too long.',
    operations: { ...loginOperations, ...sessionCheckOperations, ...logoutOperations },
  },
  {
    title: 'Accounts',
    text: 'An account is good for something once its address is confirmed.',
    operations: { ...registerOperations, ...verifyEmailOperations },
  },
  {
    title: 'Operation',
    text: 'For those who run the portal, and for their machines.',
    operations: { ...healthOperations, ...docsOperations },
  },
]
