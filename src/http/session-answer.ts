import { z } from 'zod'
import { EXAMPLE_SESSION } from '../domain/examples.ts'
import { type Member, publicSession, type Session, toPublicSession } from '../domain/session/session.ts'
import { publicUser, toPublicUser, type User } from '../domain/user/user.ts'

/** The answer to signing in, and the only one that ever holds a session secret. */
export const signInAnswer = z.object({
  session: z.object({
    id: z
      .string()
      .regex(/^s_[\w-]{64}$/)
      .meta({
        description: 'The session’s secret. Send it as `Authorization: Bearer …`, and keep it secret.',
        example: EXAMPLE_SESSION,
      }),
    ...publicSession.pick({ session_id: true, expires_at: true, expires_in: true }).shape,
  }),
  user: publicUser,
})

export const memberAnswer = z.object({ user: publicUser, session: publicSession })

export function toSignInAnswer({
  secret,
  session,
  user,
}: {
  secret: string
  session: Session
  user: User
}): z.output<typeof signInAnswer> {
  const { session_id, expires_at, expires_in } = toPublicSession(session, new Date())
  return { session: { id: secret, session_id, expires_at, expires_in }, user: toPublicUser(user) }
}

export function toMemberAnswer({ user, session }: Member): z.output<typeof memberAnswer> {
  return { user: toPublicUser(user), session: toPublicSession(session, new Date()) }
}
