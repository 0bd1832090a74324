import type { z } from 'zod'
import type { Scope } from '../domain/access-token/scope.ts'
import type { ErrorCode } from '../errors.ts'

/** By method and address, as in `GET /users/{id}`. */
export type Operations = Record<`${Method} /${string}`, Operation>
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** Operations that belong together, in the order in which one reads them. */
export type Chapter = { title: string; text: string; operations: Operations }

export type Operation = {
  summary: string
  description: string
  callers: CallersName
  /** What an access token must have been given for. */
  scope?: Scope
  path?: z.ZodObject
  query?: z.ZodObject
  body?: Body
  /** By status. */
  answers: Record<number, Answer>
  /** Beyond those that its callers and its body bring along. */
  problems?: ErrorCode[]
}

/** Without examples, one is made of the examples of its fields. */
type Content = { schema: z.ZodType; examples?: Record<string, unknown> }
/** A form is what OAuth's endpoints take; they describe their failures themselves (RFC 6749 §5.2). */
export type Body = Content & { as: 'json' | 'form'; isOptional?: boolean }
export type Answer = Partial<Content> & { description: string; headers?: z.ZodObject }

type CallersName = 'anyone' | 'leavers' | 'signedIn' | 'members' | 'admins' | 'clients'
type Callers = { words: string; security: Record<string, Scope[]>[]; problems: ErrorCode[] }

const UNKNOWN_CALLER: ErrorCode[] = [
  'authentication_required',
  'session_expired',
  'session_ended',
  'token_expired',
  'token_invalid',
  'temporarily_unavailable',
]

/** Who may call: in words, by which proofs, and what the others are told. The guards are in guards.ts. */
export const callers: Record<CallersName, Callers> = {
  anyone: { words: 'Anyone', security: [], problems: [] },
  leavers: {
    words: 'Whoever has a session',
    security: [{ session: [] }],
    problems: UNKNOWN_CALLER,
  },
  signedIn: {
    words: 'Whoever is signed in',
    security: [{ session: [] }, { access_token: [] }],
    problems: UNKNOWN_CALLER,
  },
  members: {
    words: 'Members: signed in, with a confirmed address',
    security: [{ session: [] }, { access_token: [] }],
    problems: [...UNKNOWN_CALLER, 'email_unverified'],
  },
  admins: {
    words: 'Administrators',
    security: [{ session: [] }, { access_token: [] }],
    problems: [...UNKNOWN_CALLER, 'email_unverified', 'forbidden'],
  },
  clients: { words: 'Registered clients', security: [{ client_secret_basic: [] }], problems: [] },
}

/** What comes back for a body that is not JSON, or not the JSON that is described. */
export const UNREADABLE_BODY: ErrorCode[] = [
  'malformed_request',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
]
