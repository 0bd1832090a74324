import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { RefreshTokenService } from '../../domain/refresh-token/refresh-token.service.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { Member } from '../../domain/session/session.ts'
import type { ListSessions } from '../../domain/session/session-list.ts'
import type { User } from '../../domain/user/user.ts'

export type MySessionsService = ReturnType<typeof createMySessionsService>
type Dependencies = {
  repositories: Repositories
  sessions: SessionService
  refreshTokens: RefreshTokenService
  listSessions: ListSessions
}

/** Where somebody is signed in, with the programs that got tokens there. Other people's sessions do not exist for them. */
export function createMySessionsService(dependencies: Dependencies) {
  const { repositories, sessions, refreshTokens, listSessions } = dependencies

  return {
    /** The live ones, most recently used first. */
    list: (user: User) => listSessions(user),

    /** For good, like signing out there; doing it again changes nothing. */
    async end(user: User, id: string, origin: Origin): Promise<'ended' | 'unconfirmed' | 'unknown'> {
      const found = await repositories.sessions.findOfUser(user.id, id)
      if (!found) return 'unknown'
      const expiresAt = new Date(found.expiresAt)
      return sessions.end(id, { reason: 'signed-out-remotely', origin, expiresAt })
    },

    /** All but the one that asks. */
    endOthers: (member: Member, origin: Origin): Promise<void> => sessions.endOthers(member, origin),

    /** The tokens of one exchange; doing it again changes nothing. False when there are none. */
    endFamily: (
      user: User,
      { sessionId, familyId }: { sessionId: string; familyId: string },
      origin: Origin,
    ): Promise<boolean> => refreshTokens.endFamily({ id: familyId, sessionId, userId: user.id, origin }),
  }
}
