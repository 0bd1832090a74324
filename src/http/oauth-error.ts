import type { Response } from 'express'
import { z } from 'zod'
import { type ErrorCode, OAUTH_ERROR_CODES, type OAuthError, type OAuthErrorCode } from '../errors.ts'
import { sendUncached } from './send-json.ts'

/** What each code means to a program. */
const meanings: Record<OAuthErrorCode, string> = {
  invalid_request: 'The request is not complete, contradicts itself, or cannot be read.',
  invalid_client: 'The client is not known, or did not prove that it is that one.',
  invalid_grant: 'What was presented opens nothing, or not any more: sign in again.',
  invalid_scope: 'A scope that is not known, or that this client may not have.',
  invalid_target: 'Tokens of this portal are for another audience.',
  invalid_token: 'The session in `Authorization` is not good: it has ended, or never was.',
  unsupported_grant_type: 'This grant type is not known here, or not allowed.',
  unsupported_token_type: 'This kind of token cannot be taken back.',
  access_denied: 'The address is not confirmed yet, or the request came from a page of another site.',
  temporarily_unavailable: 'Too much at once, or something does not answer. Wait as `Retry-After` says.',
  server_error: 'Something went wrong on our side.',
}

/** What the token endpoints call failures that have another code elsewhere. */
const names: Partial<Record<ErrorCode, OAuthErrorCode>> = {
  authentication_required: 'invalid_token',
  session_expired: 'invalid_token',
  session_ended: 'invalid_token',
  token_expired: 'invalid_token',
  token_invalid: 'invalid_token',
  email_unverified: 'access_denied',
  cross_site_request: 'access_denied',
  forbidden: 'access_denied',
  too_many_attempts: 'temporarily_unavailable',
  overloaded: 'temporarily_unavailable',
  temporarily_unavailable: 'temporarily_unavailable',
  internal: 'server_error',
}

export const oauthError = z
  .object({
    error: z.enum(OAUTH_ERROR_CODES).meta({
      description: 'For programs to decide by. The list is closed.',
      'x-enumDescriptions': meanings,
    }),
    error_description: z.string().meta({ description: 'For developers.' }),
  })
  .meta({
    id: 'OAuthError',
    description: 'Why a token endpoint refused a request (RFC 6749 §5.2).',
  })
type OAuthFailure = z.output<typeof oauthError>

export function toOAuthExample(error: OAuthErrorCode): OAuthFailure {
  return { error, error_description: meanings[error].replaceAll('`', '') }
}

/** RFC 6749 §5.2. The description never repeats what was sent. */
export function sendOAuthError(res: Response, { code, message }: OAuthError): void {
  if (code === 'invalid_client') res.set('www-authenticate', 'Basic realm="gatehouse", charset="UTF-8"')
  send(res, toOAuthStatus(code), { error: code, error_description: message })
}

/** The same for a failure with another code elsewhere, in the characters that RFC 6749 allows. */
export function sendProblemAsOAuth(
  res: Response,
  { status, code, detail }: { status: number; code: ErrorCode; detail: string },
): void {
  send(res, status, { error: renameProblem(code), error_description: detail.replaceAll('’', "'") })
}

/** RFC 6749 §5.2. */
export function toOAuthStatus(code: OAuthErrorCode): number {
  return code === 'invalid_client' ? 401 : 400
}

export function renameProblem(code: ErrorCode): OAuthErrorCode {
  return names[code] ?? 'invalid_request'
}

function send(res: Response, status: number, failure: OAuthFailure): void {
  sendUncached(res.status(status), failure)
}
