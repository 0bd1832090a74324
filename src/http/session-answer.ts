import { type Member, type Session, toPublicSession } from '../domain/session/session.ts'
import { toPublicUser, type User } from '../domain/user/user.ts'

/** What a client gets that signed in: the only answer that ever holds a session secret. */
export function toSignInAnswer({ secret, session, user }: { secret: string; session: Session; user: User }) {
  const { session_id, expires_at, expires_in } = toPublicSession(session, new Date())
  return { session: { id: secret, session_id, expires_at, expires_in }, user: toPublicUser(user) }
}

export function toMemberAnswer({ user, session }: Member) {
  return { user: toPublicUser(user), session: toPublicSession(session, new Date()) }
}
