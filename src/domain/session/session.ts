import type { User } from '../user/user.ts'

export type SignInMethod = 'password' | 'google'
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
export function toPublicSession(session: Session, now: Date) {
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
