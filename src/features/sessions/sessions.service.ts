import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { SessionWithTokens } from '../../domain/session/session-tree.ts'
import type { User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'

export type SessionsService = ReturnType<typeof createSessionsService>
type Dependencies = {
  repositories: Repositories
  transact: Transact
  sessions: SessionService
  clock: Clock
}

/** Where somebody is signed in, with the programs that got tokens there. What is not theirs does not exist for them. */
export function createSessionsService({ repositories, transact, sessions, clock }: Dependencies) {
  const { sessionTree } = repositories

  return {
    list: ({ id }: User): Promise<SessionWithTokens[]> => sessionTree.list(id, clock.now()),

    /** For good, as signing out there would; once more changes nothing. */
    async end(
      { id: userId }: User,
      id: string,
      origin: Origin,
    ): Promise<'ended' | 'unconfirmed' | 'unknown'> {
      const grave = await sessionTree.findGrave({ id, userId })
      if (!grave) return 'unknown'
      return sessions.end(id, { reason: 'signed-out-remotely', origin, expiresAt: grave.expiresAt })
    },

    /** The refresh tokens of one exchange. Once more changes nothing; false when there are none such. */
    async endFamily(
      { id: userId }: User,
      { sessionId, familyId }: { sessionId: string; familyId: string },
      origin: Origin,
    ): Promise<boolean> {
      const at = clock.now()
      const key = { id: familyId, sessionId, userId }
      const isRevoked = await transact(async (parts) => {
        const ending = { reason: 'signed-out-remotely', now: at }
        if (!(await parts.sessionTree.revokeFamily(key, ending))) return false
        const details = { family: familyId, session: sessionId, reason: ending.reason }
        const event = { at, actorId: userId, subjectId: userId, origin, details }
        await parts.audit.record({ action: 'token.revoked', ...event })
        return true
      })
      return isRevoked || sessionTree.hasFamily(key)
    },
  }
}
