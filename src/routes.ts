import { type RequestHandler, Router } from 'express'
import type { Config } from './config.ts'
import { createSessionCheckApi, sessionCheck } from './features/account/account.api.ts'
import { createAccountPages } from './features/account/account.pages.ts'
import { createAuditApi } from './features/audit/audit.api.ts'
import { createAuditPages } from './features/audit/audit.pages.ts'
import { createDashboardApi } from './features/dashboard/dashboard.api.ts'
import { createDashboardPages } from './features/dashboard/dashboard.pages.ts'
import { createDataApi } from './features/data/data.api.ts'
import { createDataPages } from './features/data/data.pages.ts'
import { createDeletionApi } from './features/data/deletion.api.ts'
import { createDeletionPages } from './features/data/deletion.pages.ts'
import { createDocsApi } from './features/docs/docs.api.ts'
import { createDocsPages } from './features/docs/docs.pages.ts'
import type { Document } from './features/docs/schemas.ts'
import { createEmailApi } from './features/email/email.api.ts'
import { createEmailPages } from './features/email/email.pages.ts'
import { createForgotPasswordApi } from './features/forgot-password/forgot-password.api.ts'
import { createForgotPasswordPages } from './features/forgot-password/forgot-password.pages.ts'
import { createHistoryApi } from './features/history/history.api.ts'
import { createHistoryPages } from './features/history/history.pages.ts'
import { createHomePages } from './features/home/home.pages.ts'
import { createIdentitiesApi } from './features/identities/identities.api.ts'
import { createIdentitiesPages } from './features/identities/identities.pages.ts'
import { createJwksApi } from './features/jwks/jwks.api.ts'
import { createLoginApi } from './features/login/login.api.ts'
import { createLoginPages } from './features/login/login.pages.ts'
import { createLogoutApi } from './features/logout/logout.api.ts'
import { createLogoutPages } from './features/logout/logout.pages.ts'
import { createMailPages } from './features/mail/mail.pages.ts'
import { createMailboxPages } from './features/mailbox/mailbox.pages.ts'
import { createPreviewPages } from './features/mailbox/previews.pages.ts'
import { createMetadataApi } from './features/metadata/metadata.api.ts'
import { createNotMeApi } from './features/not-me/not-me.api.ts'
import { createNotMePages } from './features/not-me/not-me.pages.ts'
import { createDeparturePages } from './features/oauth/departure.pages.ts'
import { createOAuthPages } from './features/oauth/oauth.pages.ts'
import { createPasswordApi } from './features/password/password.api.ts'
import { createPasswordPages } from './features/password/password.pages.ts'
import { createReauthenticateApi } from './features/reauthenticate/reauthenticate.api.ts'
import {
  createAskForProof,
  createReauthenticatePages,
} from './features/reauthenticate/reauthenticate.pages.ts'
import { createRegisterApi } from './features/register/register.api.ts'
import { createRegisterPages } from './features/register/register.pages.ts'
import { createResetPasswordApi } from './features/reset-password/reset-password.api.ts'
import { createResetPasswordPages } from './features/reset-password/reset-password.pages.ts'
import { createSessionsApi } from './features/sessions/sessions.api.ts'
import { createSessionsPages } from './features/sessions/sessions.pages.ts'
import { createIntrospectionApi } from './features/tokens/introspection.api.ts'
import { createRevocationApi } from './features/tokens/revocation.api.ts'
import { createTokensApi } from './features/tokens/tokens.api.ts'
import { createUndoEmailChangeApi } from './features/undo-email-change/undo-email-change.api.ts'
import { createUndoEmailChangePages } from './features/undo-email-change/undo-email-change.pages.ts'
import { createEditUserPages } from './features/users/edit-user.pages.ts'
import { createNewUserPages } from './features/users/new-user.pages.ts'
import { createProfilePages } from './features/users/profile.pages.ts'
import { createUserPages } from './features/users/user.pages.ts'
import { createUserActionPages } from './features/users/user-actions.pages.ts'
import { createUserListPages } from './features/users/user-list.pages.ts'
import { createUsersApi } from './features/users/users.api.ts'
import { createVerifyEmailApi } from './features/verify-email/verify-email.api.ts'
import { createVerifyEmailPages } from './features/verify-email/verify-email.pages.ts'
import type { Http } from './http/http.ts'
import { createShortcut } from './http/shortcut.ts'
import type { Throttle } from './http/throttle.ts'
import { loadOnce } from './platform/loading.ts'
import type { Services } from './wiring.ts'

/** Requested far more often than everything else together: the same steps as on the usual way, and no others. */
export function createBusyWays(
  services: Services,
  { sessions, throttle }: Http,
  config: Config,
  entrance: RequestHandler[],
): RequestHandler[] {
  const steps = [...entrance, sessions.recognise]
  const tokensApi = createTokens(services, throttle, config)
  return [
    createShortcut('GET', ['/auth/me', '/api/v1/auth/me'], [...steps, ...sessionCheck]),
    createShortcut('POST', ['/auth/token'], [...steps, tokensApi]),
  ]
}

function createTokens(
  { tokens, login, sessions }: Services,
  throttle: Throttle,
  { passwordGrant, isProofOptional, accessTokens: { audience } }: Config,
): Router {
  return createTokensApi({ tokens, login, sessions, throttle, passwordGrant, isProofOptional, audience })
}

/** What programs find without being told. Nobody is asked who they are. */
export function createWellKnownRoutes({ signingKeys }: Services, { baseUrl, passwordGrant }: Config): Router {
  const wellKnown = Router()
  wellKnown.use(createJwksApi({ signingKeys })) // GET /.well-known/jwks.json
  wellKnown.use(createMetadataApi({ issuer: baseUrl, passwordGrant })) // GET /.well-known/oauth-authorization-server
  return wellKnown
}

/** The same for everybody: no session and no store is asked. */
export function createDocsRoutes(config: Config): Router {
  const readDocument = loadOnce(() => describeApi(config))
  const docs = Router()
  docs.use(createDocsApi({ readDocument })) // /openapi.json
  docs.use(createDocsPages({ readDocument })) // /docs
  return docs
}

/** Loaded when first requested, so that the portal starts sooner. */
async function describeApi(config: Config): Promise<Document> {
  const [{ createOpenApiDocument }, { chapters }] = await Promise.all([
    import('./features/docs/document.openapi.ts'),
    import('./openapi.ts'),
  ])
  return createOpenApiDocument(chapters, config)
}

/** JSON; mounted at /api/v1 and, for short, at the root. */
export function createApiRoutes(
  services: Services,
  { sessions, throttle, cookies }: Http,
  config: Config,
): Router {
  const {
    register,
    login,
    verification,
    passwordReset,
    notMe,
    tokens,
    revocation,
    introspection,
    refreshTokens,
    mySessions,
    history,
    data,
    deletions,
    users,
    reauthenticate,
    changePassword,
    identities,
    emailChange,
    emailUndo,
    audit,
  } = services
  const api = Router()
  api.use(createSessionCheckApi()) // GET /auth/me
  api.use(createTokens(services, throttle, config)) // POST /auth/token, /auth/refresh
  api.use(createLoginApi({ login, sessions, throttle })) // POST /auth/login
  api.use(createReauthenticateApi({ reauthenticate, sessions, throttle })) // POST /auth/reauthenticate
  api.use(createLogoutApi({ sessions, refreshTokens, identify: tokens.identify })) // POST /auth/logout, /auth/logout-all
  api.use(createRegisterApi({ register, sessions, throttle, cookies })) // POST /auth/register
  api.use(createVerifyEmailApi({ verification, sessions, throttle, cookies })) // POST /auth/verify-email, /auth/resend-verification
  api.use(createForgotPasswordApi({ passwordReset, throttle })) // POST /auth/forgot-password
  api.use(createResetPasswordApi({ passwordReset, throttle })) // POST /auth/reset-password
  api.use(createNotMeApi({ notMe, throttle })) // POST /auth/not-me
  api.use(createPasswordApi({ changePassword, sessions, throttle })) // POST /auth/change-password
  api.use(createEmailApi({ emailChange, throttle })) // POST, DELETE /auth/change-email, POST …/confirm
  api.use(createUndoEmailChangeApi({ emailUndo, throttle })) // POST /auth/undo-email-change
  api.use(createRevocationApi({ tokens, revocation })) // POST /auth/revoke
  api.use(createIntrospectionApi({ tokens, introspection })) // POST /auth/introspect
  api.use(createSessionsApi({ mySessions })) // /auth/sessions, …/:id, …/:id/tokens/:family_id, /auth/logout-others
  api.use(createIdentitiesApi({ identities, throttle, baseUrl: config.baseUrl })) // /auth/identities, …/:provider
  api.use(createHistoryApi({ history })) // GET /auth/history
  api.use(createDataApi({ data, throttle })) // GET /auth/data
  api.use(createDeletionApi({ deletions, throttle })) // POST, DELETE /auth/deletion
  api.use(createDashboardApi({ dashboard: services.dashboard })) // GET /api/v1/admin/status
  api.use(createAuditApi({ audit })) // GET /api/v1/admin/audit
  api.use(createUsersApi({ users, throttle })) // /users, /users/me, /users/:id
  return api
}

/** Pages for people. */
export function createPageRoutes(
  services: Services,
  { sessions, throttle, cookies }: Http,
  config: Config,
): Router {
  const { login, register, verification, passwordReset, notMe, reauthenticate, oauth, outbox } = services
  const {
    account,
    mySessions,
    history,
    data,
    deletions,
    users,
    userFile,
    userSessions,
    changePassword,
    identities,
    emailChange,
    emailUndo,
    audit,
    mail,
  } = services
  const askForProof = createAskForProof(reauthenticate)
  const pages = Router()
  pages.use(createHomePages()) // /
  pages.use(createLoginPages({ login, sessions, throttle, cookies })) // /login
  pages.use(createLogoutPages({ sessions, cookies })) // /logout
  pages.use(createReauthenticatePages({ reauthenticate, askForProof, sessions, throttle })) // /reauthenticate
  pages.use(createRegisterPages({ register, sessions, throttle, cookies })) // /register, /registered
  pages.use(createVerifyEmailPages({ verification, sessions, throttle, cookies })) // /verify-email, …/code, …/resend
  pages.use(createForgotPasswordPages({ passwordReset, throttle, cookies })) // /forgot-password, …/sent
  pages.use(createResetPasswordPages({ passwordReset, throttle, cookies })) // /reset-password
  pages.use(createNotMePages({ notMe, throttle, cookies })) // /not-me
  pages.use(createAccountPages({ account, deletions })) // /account
  pages.use(createIdentitiesPages({ identities, throttle, cookies })) // /account/identities, …/unlink
  pages.use(createSessionsPages({ mySessions, sessions, cookies })) // /account/sessions, …/end, …/end-tokens, …/end-others, …/end-all
  pages.use(createHistoryPages({ history })) // /account/history
  pages.use(createDataPages({ data, throttle })) // /account/data, …/download
  pages.use(createDeletionPages({ deletions, throttle, cookies })) // /account/data/delete, …/keep
  pages.use(createProfilePages({ users, throttle, cookies })) // /account/profile
  pages.use(createPasswordPages({ changePassword, sessions, throttle, cookies })) // /account/password
  pages.use(createEmailPages({ emailChange, throttle, cookies })) // /account/email, …/code, …/confirm, …/cancel
  pages.use(createUndoEmailChangePages({ emailUndo, throttle, cookies })) // /undo-email-change
  pages.use(createAuditPages({ audit })) // /admin/audit, …/export
  pages.use(createUserListPages({ users })) // /admin/users, …/export
  pages.use(createNewUserPages({ users, cookies })) // /admin/users/new
  pages.use(createUserPages({ users, userFile })) // /admin/users/:id, …/history
  pages.use(createEditUserPages({ users, cookies })) // /admin/users/:id/edit, …/deactivate
  pages.use(createUserActionPages({ users, userSessions, passwordReset, cookies })) // /admin/users/:id/role, …/reactivate, …/end-sessions, …/end-session, …/send-link
  pages.use(createDashboardPages({ dashboard: services.dashboard })) // /admin
  if (config.sendsMail) pages.use(createMailPages({ mail, cookies })) // /admin/mail, …/retry, …/cancel
  if (oauth) pages.use(createDeparturePages({ oauth, throttle, cookies, askForProof })) // /auth/oauth/google, …/reauthenticate, …/link
  if (oauth) pages.use(createOAuthPages({ oauth, sessions, cookies, askForProof })) // /auth/oauth/google/callback
  if (config.mailboxShown) pages.use(createPreviewPages({ outbox, baseUrl: config.baseUrl })) // /dev/mailbox/previews, …/:reader/:mail, …/html
  if (config.mailboxShown) pages.use(createMailboxPages({ outbox, baseUrl: config.baseUrl })) // /dev/mailbox, /dev/mailbox/:id, …/html
  return pages
}
