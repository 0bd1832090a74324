import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { RefreshTokenService } from '../../domain/refresh-token/refresh-token.service.ts'
import type { TokenFamily } from '../../domain/refresh-token/refresh-token.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { Member, Session } from '../../domain/session/session.ts'
import type { User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'

export type MySessionsService = ReturnType<typeof createMySessionsService>
/** A session with the tokens made from it. The name is null for an unregistered client. */
export type SessionWithTokens = {
  session: Session
  /** In which place its network address is, where that is known. */
  place: string | null
  families: (TokenFamily & { clientName: string | null })[]
}

type Dependencies = {
  repositories: Repositories
  sessions: SessionService
  refreshTokens: RefreshTokenService
  findPlace(ip: string): string | null
  clock: Clock
}

/** Where somebody is signed in, with the programs that got tokens there. Other people's sessions do not exist for them. */
export function createMySessionsService(dependencies: Dependencies) {
  const { repositories, sessions, refreshTokens, findPlace, clock } = dependencies

  return {
    /** The live ones, most recently used first. */
    async list({ id }: User): Promise<SessionWithTokens[]> {
      const [live, families] = await Promise.all([
        repositories.sessions.listLiveOfUser(id, clock.now()),
        refreshTokens.listLiveOfUser(id),
      ])
      const clientIds = [...families.values()].flat().map(({ clientId }) => clientId)
      const names = await repositories.clients.findNames(clientIds)
      const withName = (family: TokenFamily) => ({
        ...family,
        clientName: names.get(family.clientId) ?? null,
      })
      return live.map((session) => ({
        session,
        place: findPlace(session.ip),
        families: (families.get(session.id) ?? []).map(withName),
      }))
    },

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
