import type { Request, Response } from 'express'
import type { z } from 'zod'
import { type ErrorCode, OAuthError, type OAuthErrorCode } from '../errors.ts'
import type { OAuthFailure } from './oauth-error.ts'

/** What a failure that is known elsewhere too is called at the token endpoints. */
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

/** Where programs speak OAuth and are answered in its own words. */
export function speaksOAuth({ path }: Request): boolean {
  return /^(\/api\/v1)?\/auth\/(token|refresh|revoke|introspect)\/?$/i.test(path)
}

/** The parameters of a request; one without a value was left out (RFC 6749 §3.1). Those that are missing or wrong are named. */
export function readParameters<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(leaveOutEmpty(body ?? {}))
  if (parsed.success) return parsed.data
  const name = String(parsed.error.issues[0]?.path[0] ?? 'body')
  if (name === 'scope') throw new OAuthError('invalid_scope', 'This scope is not known.')
  throw new OAuthError('invalid_request', `The ${name} is missing or cannot be read.`)
}

function leaveOutEmpty(body: unknown): unknown {
  if (typeof body !== 'object' || Array.isArray(body)) return body
  return Object.fromEntries(Object.entries(body as object).filter(([, value]) => value !== ''))
}

/** RFC 6749 §5.2. The description never repeats what was sent. */
export function sendOAuthError(res: Response, { code, message }: OAuthError): void {
  if (code === 'invalid_client') res.set('www-authenticate', 'Basic realm="gatehouse", charset="UTF-8"')
  send(res, toOAuthStatus(code), { error: code, error_description: message })
}

/** The same for a failure that is known elsewhere too. */
export function sendProblemAsOAuth(
  res: Response,
  { status, code, detail }: { status: number; code: ErrorCode; detail: string },
): void {
  send(res, status, { error: renameProblem(code), error_description: detail })
}

export function toOAuthStatus(code: OAuthErrorCode): number {
  return code === 'invalid_client' ? 401 : 400
}

export function renameProblem(code: ErrorCode): OAuthErrorCode {
  return names[code] ?? 'invalid_request'
}

function send(res: Response, status: number, body: OAuthFailure) {
  sendUncached(res.status(status), body)
}

/** Not res.json: it would also work out what an answer that is never stored does not need. */
export function sendUncached(res: Response, body: object): void {
  res.setHeader('cache-control', 'no-store')
  res.setHeader('pragma', 'no-cache')
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.end(JSON.stringify(body))
}
