import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { Repositories } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { EndedSessions } from '../session/session.ts'
import { isInvited } from './invited.ts'
import type { UserWithPasswordHash } from './user.ts'

export type ContestedAddress = ReturnType<typeof createContestedAddress>
/** `again`: somebody was faster, and what was judged no longer holds. */
export type Freed =
  | { outcome: 'free'; ended: EndedSessions | null }
  | { outcome: 'taken' }
  | { outcome: 'again' }
type Dependencies = { sessions: SessionService; clock: Clock }
type Wish = { email: string; sparesUnproved: boolean; origin: Origin }

/** An account that somebody only registered yields to whoever has proved its address. One that is proved or invited is taken. */
export function createContestedAddress({ sessions, clock }: Dependencies) {
  /** `sparesUnproved`: an account that is used, though nobody has proved its address, stays. */
  async function yields(
    parts: Pick<Repositories, 'identities'>,
    holder: UserWithPasswordHash,
    { sparesUnproved }: Pick<Wish, 'sparesUnproved'>,
  ): Promise<boolean> {
    return !holder.emailVerifiedAt && !sparesUnproved && !(await isInvited(parts, holder))
  }

  /** Part of the transaction that gives the address to somebody else. Bury what ended after the commit. */
  async function free(parts: Repositories, { email, origin, ...wish }: Wish): Promise<Freed> {
    const holder = await parts.users.findWithPasswordHash(email)
    if (!holder) return { outcome: 'free', ended: null }
    if (!(await yields(parts, holder, wish))) return { outcome: 'taken' }
    if (!(await parts.users.vacate(holder, clock.now()))) return { outcome: 'again' }
    const ended = await sessions.endAllOfUser(parts, { userId: holder.id, reason: 'taken-over', origin })
    return { outcome: 'free', ended }
  }

  return { yields, free }
}
