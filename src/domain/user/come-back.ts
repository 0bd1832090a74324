import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import { NOWHERE } from '../audit-event/audit-event.ts'
import { inBatches } from '../batches.ts'
import type { TellOwner } from '../notice/tell-owner.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { User, UserWithPasswordHash } from './user.ts'

export type ComeBack = ReturnType<typeof createComeBack>
type Dependencies = {
  repositories: Repositories
  transact: Transact
  tellOwner: TellOwner
  clock: Clock
  log: Log
}

/** The end of a deactivation that was only for a time. Whoever asks gets the account as it is by now, swept or not. */
export function createComeBack({ repositories, transact, tellOwner, clock, log }: Dependencies) {
  const { users, userChanges } = repositories

  /** Once, with its event and the owner's email. False when there was nothing to end, or no longer. */
  function bringBack(id: string): Promise<boolean> {
    return transact<boolean>(async (parts, undo) => {
      const now = clock.now()
      if (!(await parts.userChanges.bringBack(id, now))) return undo(false)
      const details = { isAtEnd: true }
      const event = { at: now, actorId: null, subjectId: id, origin: NOWHERE, details }
      await parts.audit.record({ action: 'user.reactivated', ...event })
      const owner = await parts.users.find(id)
      if (owner) await tellOwner(parts, owner, { action: 'user.reactivated', ...event })
      return true
    })
  }

  async function bringBackFew(most: number): Promise<number> {
    let count = 0
    for (const id of await userChanges.listDueBack(clock.now(), most)) {
      try {
        if (await bringBack(id)) count++
      } catch (error) {
        log.warn({ err: error, user: id }, 'an account could not be reactivated yet')
      }
    }
    return count
  }

  return {
    bringBackFew,

    /** Before several are read at once. */
    bringBackAll: (): Promise<number> => inBatches(bringBackFew),

    /** The user that was judged, active if they may be by now. The epoch stays, so that what was judged still counts. */
    async ifDue<U extends User & Pick<UserWithPasswordHash, 'deactivatedUntil'>>(
      user: U | null,
    ): Promise<U | null> {
      const isDue = user?.deactivatedUntil && !user.isActive && user.deactivatedUntil <= clock.now()
      if (!user || !isDue) return user
      const isBack = (await bringBack(user.id)) || (await users.find(user.id))?.isActive === true
      return { ...user, isActive: isBack }
    },
  }
}
