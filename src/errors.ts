/** Every way in which a person can be stopped. Status and wording are in http/sentences.ts. */
export const ERROR_CODES = [
  'malformed_request',
  'validation_failed',
  'authentication_required',
  'authentication_failed',
  'session_expired',
  'session_ended',
  'token_expired',
  'token_invalid',
  'email_unverified',
  'account_disabled',
  'reauthentication_required',
  'cross_site_request',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'email_taken',
  'username_taken',
  'last_sign_in_method',
  'last_admin',
  'link_expired',
  'payload_too_large',
  'unsupported_media_type',
  'too_many_attempts',
  'overloaded',
  'temporarily_unavailable',
  'provider_unavailable',
  'internal',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

export type FieldProblem = { field: string; code: string; message: string }

type Details = {
  cause?: unknown
  retryAfterSeconds?: number
  problems?: FieldProblem[]
  detail?: string
  neededScope?: string
}

/** The person cannot go on. Expected outcomes are values, not errors. */
export class PortalError extends Error {
  override name = 'PortalError'
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | null
  readonly problems: FieldProblem[]
  readonly detail: string | null
  /** The scope that the token would need. */
  readonly neededScope: string | null

  constructor(code: ErrorCode, { cause, retryAfterSeconds, problems, detail, neededScope }: Details = {}) {
    super(detail ?? code, { cause })
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds ?? null
    this.problems = problems ?? []
    this.detail = detail ?? null
    this.neededScope = neededScope ?? null
  }
}

/** RFC 6749 §5.2, 6750 §3.1, 7009 §2.2.1, 8693 §2.2.2: what a program is told when it asks for a token. */
export const OAUTH_ERROR_CODES = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'unsupported_grant_type',
  'unsupported_token_type',
  'access_denied',
  'temporarily_unavailable',
  'server_error',
] as const

export type OAuthErrorCode = (typeof OAUTH_ERROR_CODES)[number]

/** A program cannot have the token it asks for. */
export class OAuthError extends Error {
  override name = 'OAuthError'
  readonly code: OAuthErrorCode

  constructor(code: OAuthErrorCode, description: string) {
    super(description)
    this.code = code
  }
}

/** The process cannot start; the message is for whoever started it. */
export class CannotStart extends Error {
  override name = 'CannotStart'

  constructor(sentence: string, cause: unknown) {
    super(`${sentence}: ${toReason(cause)}`, { cause })
  }
}

/** What the system or the database said, in one line: "connect ECONNREFUSED 127.0.0.1:5432". */
function toReason(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return toReason(cause.errors[0])
  return (cause instanceof Error && cause.message) || String(cause)
}
