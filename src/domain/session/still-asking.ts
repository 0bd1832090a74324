import type { Repositories } from '../repositories.ts'
import type { Member } from './session.ts'

/**
 * To be called first in the transaction of what a member asks for: nobody else changes the user until it ends. False when the session
 * has ended meanwhile: whoever ended it may have taken the account back.
 */
export async function isStillAsking(
  { userChanges, sessions }: Repositories,
  { user, session }: Member,
  now: Date,
): Promise<boolean> {
  await userChanges.hold(user.id)
  return sessions.hold(session.id, now)
}
