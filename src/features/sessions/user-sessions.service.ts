import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import type { Session } from '../../domain/session/session.ts'
import type { User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'

export type UserSessionsService = ReturnType<typeof createUserSessionsService>
/** Who ends them: nobody by name at the command line. */
type By = { actor: Pick<User, 'id'> | null; origin: Origin }
type Dependencies = {
  repositories: Pick<Repositories, 'sessions'>
  transact: Transact
  sessions: SessionService
  clock: Clock
}

const reason = 'signed-out-by-admin'

/** Other people's sessions, for administrators. What ends takes its tokens with it. */
export function createUserSessionsService({ repositories, transact, sessions, clock }: Dependencies) {
  return {
    /** The live ones, most recently used first. */
    list: (userId: string): Promise<Session[]> => repositories.sessions.listLiveOfUser(userId, clock.now()),

    /** For good; doing it again changes nothing. `unconfirmed`: SQL is told as soon as it answers. */
    async end(id: string, { actor, origin }: By): Promise<'ended' | 'unconfirmed' | 'unknown'> {
      const found = await repositories.sessions.findOwner(id)
      if (!found) return 'unknown'
      return sessions.end(id, { reason, origin, actorId: actor?.id ?? null, expiresAt: found.expiresAt })
    },

    /** Every session that the user has when this is called. Answers with how many there were. */
    async endAll(userId: string, { actor, origin }: By): Promise<number> {
      const live = await repositories.sessions.listLiveOfUser(userId, clock.now())
      const ending = { userId, reason, origin, actorId: actor?.id ?? null } as const
      await sessions.bury(await transact((parts) => sessions.endAllOfUser(parts, ending)))
      return live.length
    },
  }
}
