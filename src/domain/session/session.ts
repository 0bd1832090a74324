import { z } from 'zod'
import type { User } from '../user/user.ts'

export const SIGN_IN_METHODS = ['password', 'google'] as const
export type SignInMethod = (typeof SIGN_IN_METHODS)[number]
export type Session = {
  id: string
  method: SignInMethod
  remember: boolean
  ip: string
  userAgent: string
  createdAt: Date
  authenticatedAt: Date
  lastSeenAt: Date
  idleExpiresAt: Date
  expiresAt: Date
}

/** Somebody with a live session. */
export type Member = { user: User; session: Session }

/** What SQL knows of a session, and what decides whether it lives. */
export type SessionRecord = Member & {
  userEpoch: number
  currentUserEpoch: number
  systemEpoch: Date
  revokedAt: Date | null
}

/** All sessions of a user that began before this epoch. */
export type EndedSessions = { userId: string; epoch: number }

export type SessionState = 'live' | 'ended' | 'expired'

/** SESSIONS.md §1: the one rule of what a valid session is. */
export function readSessionState(record: SessionRecord, now: Date): SessionState {
  const isEnded =
    record.revokedAt !== null ||
    record.userEpoch !== record.currentUserEpoch ||
    record.session.createdAt < record.systemEpoch ||
    !record.user.isActive
  if (isEnded) return 'ended'
  return isExpired(record.session, now) ? 'expired' : 'live'
}

export function isExpired({ idleExpiresAt, expiresAt }: Session, now: Date): boolean {
  return now >= idleExpiresAt || now >= expiresAt
}

/** The session as the API shows it (DESIGN §6). */
export const publicSession = z
  .object({
    session_id: z
      .string()
      .regex(/^ses_[\w-]+$/)
      .meta({
        description: 'Its public name. Knowing it opens nothing.',
        example: 'ses_Jt9GqyL3mK0fXw2hVbZr7nPd5sTc8uAe1oRi4xYkQ6E',
      }),
    method: z.enum(SIGN_IN_METHODS).meta({ description: 'What it began with.' }),
    remember: z.boolean().meta({ description: 'Whether it was to last.', example: false }),
    created_at: z.iso.datetime().meta({ description: 'When it began.', example: '2026-11-21T08:00:00.000Z' }),
    authenticated_at: z.iso
      .datetime()
      .meta({ description: 'The last proof of who it is.', example: '2026-11-21T08:00:00.000Z' }),
    last_seen_at: z.iso
      .datetime()
      .meta({ description: 'To the minute.', example: '2026-11-21T08:41:00.000Z' }),
    expires_at: z.iso.datetime().meta({
      description: 'When it ends if it is not used until then.',
      example: '2026-11-22T08:00:00.000Z',
    }),
    expires_in: z.int().min(0).meta({ description: 'The same, in seconds.', example: 83_940 }),
    ip: z.string().meta({ description: 'Where it began.', example: '203.0.113.7' }),
    user_agent: z.string().meta({ description: 'What it began with.', example: 'curl/8.14.1' }),
  })
  .meta({ id: 'Session', description: 'A sign-in, as the API shows it. The secret is never shown again.' })
export type PublicSession = z.output<typeof publicSession>

export function toPublicSession(session: Session, now: Date): PublicSession {
  const expiresAt = new Date(Math.min(session.idleExpiresAt.getTime(), session.expiresAt.getTime()))
  return {
    session_id: session.id,
    method: session.method,
    remember: session.remember,
    created_at: session.createdAt.toISOString(),
    authenticated_at: session.authenticatedAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: expiresAt.toISOString(),
    expires_in: Math.max(0, Math.floor((expiresAt.getTime() - now.getTime()) / 1000)),
    ip: session.ip,
    user_agent: session.userAgent,
  }
}

/** A member as it comes out of JSON: with its times as times. */
export function reviveMember({ user, session }: Member): Member {
  return {
    user: {
      ...user,
      emailVerifiedAt: user.emailVerifiedAt && new Date(user.emailVerifiedAt),
      createdAt: new Date(user.createdAt),
      updatedAt: new Date(user.updatedAt),
    },
    session: {
      ...session,
      createdAt: new Date(session.createdAt),
      authenticatedAt: new Date(session.authenticatedAt),
      lastSeenAt: new Date(session.lastSeenAt),
      idleExpiresAt: new Date(session.idleExpiresAt),
      expiresAt: new Date(session.expiresAt),
    },
  }
}
