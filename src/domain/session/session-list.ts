import type { Clock } from '../../platform/clock.ts'
import type { RefreshTokenService } from '../refresh-token/refresh-token.service.ts'
import type { TokenFamily } from '../refresh-token/refresh-token.ts'
import type { Repositories } from '../repositories.ts'
import type { User } from '../user/user.ts'
import type { Session } from './session.ts'

export type ListSessions = ReturnType<typeof createListSessions>
/** A session with the tokens made from it. The name is null for an unregistered client. */
export type SessionWithTokens = {
  session: Session
  /** In which place its network address is, where that is known. */
  place: string | null
  families: (TokenFamily & { clientName: string | null })[]
}
type Dependencies = {
  repositories: Repositories
  refreshTokens: RefreshTokenService
  findPlace(ip: string): string | null
  clock: Clock
}

/** Where somebody is signed in, with the programs that got tokens there. */
export function createListSessions({ repositories, refreshTokens, findPlace, clock }: Dependencies) {
  /** The live ones, most recently used first. */
  return async function listSessions({ id }: Pick<User, 'id'>): Promise<SessionWithTokens[]> {
    const [live, families] = await Promise.all([
      repositories.sessions.listLiveOfUser(id, clock.now()),
      refreshTokens.listLiveOfUser(id),
    ])
    const clientIds = [...families.values()].flat().map(({ clientId }) => clientId)
    const names = await repositories.clients.findNames(clientIds)
    const withName = (family: TokenFamily) => ({ ...family, clientName: names.get(family.clientId) ?? null })
    return live.map((session) => ({
      session,
      place: findPlace(session.ip),
      families: (families.get(session.id) ?? []).map(withName),
    }))
  }
}
