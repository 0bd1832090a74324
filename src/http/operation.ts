import type { z } from 'zod'
import type { Scope } from '../domain/access-token/scope.ts'
import type { ErrorCode, OAuthErrorCode } from '../errors.ts'

/** By method and address, as in `GET /users/{id}`. */
export type Operations = Record<`${Method} /${string}`, Operation>
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** Operations that belong together, in reading order. */
export type Chapter = { title: string; text: string; operations: Operations }

export type Operation = {
  summary: string
  description: string
  callers: CallersName
  /** Who it is must have been proved within the last five minutes: always, or for some of what can be asked. */
  isFresh?: boolean
  /** The scope that an access token must have. */
  scope?: Scope
  path?: z.ZodObject
  query?: z.ZodObject
  body?: Body
  /** By status. */
  answers: Record<number, Answer>
  /** Beyond those that its callers, its address and its body imply. */
  problems?: ErrorCode[]
  /** Where OAuth is spoken: what it refuses in its own words. Its problems have other names there, too. */
  refusals?: OAuthErrorCode[]
}

/** Without examples, one is made from the examples of its fields. */
type Content = { schema: z.ZodType; examples?: Record<string, unknown> }
export type Body = Content & { as: 'json' | 'form'; isOptional?: boolean }
export type Answer = Partial<Content> & { description: string; headers?: z.ZodObject }

type CallersName =
  | 'anyone'
  | 'leavers'
  | 'signedIn'
  | 'sessions'
  | 'members'
  | 'admins'
  | 'grantees'
  | 'anyClient'
  | 'secretClients'
/** `{}` among the proofs: the body may be proof enough. */
type Callers = { words: string; security: Record<string, Scope[]>[]; problems: ErrorCode[] }

const UNKNOWN_CALLER: ErrorCode[] = [
  'authentication_required',
  'session_expired',
  'session_ended',
  'token_expired',
  'token_invalid',
  'temporarily_unavailable',
]

const SIGNED_IN: Callers['security'] = [{ session: [] }, { access_token: [] }]

/** Who may call: in words, by which proofs, and what the others are told. The guards are in guards.ts. */
export const callers: Record<CallersName, Callers> = {
  anyone: { words: 'Anyone', security: [], problems: [] },
  leavers: {
    words: 'Anyone with a session or one of its tokens',
    security: [...SIGNED_IN, {}],
    problems: UNKNOWN_CALLER,
  },
  signedIn: {
    words: 'Anyone who is signed in',
    security: SIGNED_IN,
    problems: UNKNOWN_CALLER,
  },
  sessions: {
    words: 'Anyone with a session; its tokens are not enough',
    security: [{ session: [] }],
    problems: [...UNKNOWN_CALLER, 'forbidden'],
  },
  members: {
    words: 'Anyone who is signed in and has confirmed their email',
    security: SIGNED_IN,
    problems: [...UNKNOWN_CALLER, 'email_unverified'],
  },
  admins: {
    words: 'Administrators',
    security: SIGNED_IN,
    problems: [...UNKNOWN_CALLER, 'email_unverified', 'forbidden'],
  },
  grantees: {
    words:
      'Anyone with a session, a refresh token or, if allowed, a password. Registered clients authenticate',
    security: [{ session: [] }, { client_secret_basic: [] }, {}],
    problems: UNKNOWN_CALLER,
  },
  anyClient: {
    words: 'Any client. Registered clients authenticate',
    security: [{ client_secret_basic: [] }, {}],
    problems: ['temporarily_unavailable'],
  },
  secretClients: {
    words: 'Registered clients with a secret',
    security: [{ client_secret_basic: [] }],
    problems: ['temporarily_unavailable'],
  },
}

/** What comes back for a body that is damaged or of another type. */
export const UNREADABLE_BODY: ErrorCode[] = [
  'malformed_request',
  'payload_too_large',
  'unsupported_media_type',
]
