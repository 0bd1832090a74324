import { z } from 'zod'
import { EXAMPLE_SESSION_ID } from '../examples.ts'
import { type Instant, MINUTE_MS } from '../time.ts'
import type { User } from '../user/user.ts'

export const SIGN_IN_METHODS = ['password', 'google', 'email'] as const
export type SignInMethod = (typeof SIGN_IN_METHODS)[number]
/** From which somebody signs in: one in which they have signed in before, another one, or a program that keeps no cookies. */
export type Browser = 'known' | 'unknown' | 'program'
export type Session = {
  id: string
  method: SignInMethod
  remember: boolean
  ip: string
  userAgent: string
  createdAt: Instant
  authenticatedAt: Instant
  lastSeenAt: Instant
  idleExpiresAt: Instant
  expiresAt: Instant
}

/** Somebody with a live session. */
export type Member = { user: User; session: Session }

/** How long a proof counts where more than being signed in is needed. */
const FRESH_FOR_MS = 5 * MINUTE_MS

export function isFresh(authenticatedAtMs: number, now: Date): boolean {
  return now.getTime() - authenticatedAtMs < FRESH_FOR_MS
}

/** What SQL knows of a session, and what decides whether it lives. */
export type SessionRecord = Member & {
  userEpoch: number
  currentUserEpoch: number
  systemEpoch: Instant
  revokedAt: Date | null
}

/** The sessions of a user that began before this epoch have ended. */
export type EndedSessions = { userId: string; epoch: number }

/** Whoever signs in once more ends another one (ASVS 7.1.2). */
export const LIVE_SESSIONS_OF_A_USER = 100
const ID_PREFIX = 'ses_'

/** The public id of a session is the hash of its secret: what knows one finds the same copy and the same tombstone as the other. */
export function toSessionId(secretHash: string): string {
  return ID_PREFIX + Buffer.from(secretHash, 'hex').toString('base64url')
}

/** Null for anything that is not the id of a session. */
export function toSecretHash(sessionId: string): string | null {
  return /^ses_[\w-]{43}$/.test(sessionId)
    ? Buffer.from(sessionId.slice(ID_PREFIX.length), 'base64url').toString('hex')
    : null
}

export type SessionState = 'live' | 'ended' | 'expired'

/** The one rule that says whether a session is valid. */
export function readSessionState(record: SessionRecord, now: Date): SessionState {
  const isEnded =
    record.revokedAt !== null ||
    record.userEpoch !== record.currentUserEpoch ||
    record.session.createdAt < record.systemEpoch ||
    !record.user.isActive
  if (isEnded) return 'ended'
  return isExpired(record.session, now) ? 'expired' : 'live'
}

/** It ends at the earlier of the two. */
function endOf({ idleExpiresAt, expiresAt }: Session): Instant {
  return idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt
}

export function isExpired(session: Session, now: Date): boolean {
  return now.toISOString() >= endOf(session)
}

/** The session as the API shows it. */
export const publicSession = z
  .object({
    session_id: z
      .string()
      .regex(/^ses_[\w-]+$/)
      .meta({
        description: 'Names the session. It is not secret.',
        example: EXAMPLE_SESSION_ID,
      }),
    method: z.enum(SIGN_IN_METHODS).meta({ description: 'How the person signed in.' }),
    remember: z.boolean().meta({ description: 'Whether “Keep me signed in” was chosen.', example: false }),
    created_at: z.iso
      .datetime()
      .meta({ description: 'When it started.', example: '2026-11-21T08:00:00.000Z' }),
    authenticated_at: z.iso.datetime().meta({
      description: 'When the person last proved who they are.',
      example: '2026-11-21T08:00:00.000Z',
    }),
    last_seen_at: z.iso
      .datetime()
      .meta({ description: 'To the minute.', example: '2026-11-21T08:41:00.000Z' }),
    expires_at: z.iso.datetime().meta({
      description: 'When it ends if it is not used before.',
      example: '2026-11-22T08:00:00.000Z',
    }),
    expires_in: z.int().min(0).meta({ description: 'The same, in seconds.', example: 83_940 }),
    ip: z.string().meta({ description: 'The IP address it started from.', example: '203.0.113.7' }),
    user_agent: z.string().meta({ description: 'The program it started with.', example: 'curl/8.14.1' }),
  })
  .meta({ id: 'Session', description: 'A session. Its secret is only returned when you sign in.' })
export type PublicSession = z.output<typeof publicSession>

export function toPublicSession(session: Session, now: Date): PublicSession {
  const expiresAt = endOf(session)
  return {
    session_id: session.id,
    method: session.method,
    remember: session.remember,
    created_at: session.createdAt,
    authenticated_at: session.authenticatedAt,
    last_seen_at: session.lastSeenAt,
    expires_at: expiresAt,
    expires_in: Math.max(0, Math.floor((Date.parse(expiresAt) - now.getTime()) / 1000)),
    ip: session.ip,
    user_agent: session.userAgent,
  }
}
