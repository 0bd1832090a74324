import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { SessionCopies } from '../../platform/session-copies.ts'
import type { Lease } from '../lease.ts'
import type { SessionRepository } from './session.repository.ts'
import type { Member } from './session.ts'

export type ShowChanged = ReturnType<typeof createShowChanged>
type Dependencies = {
  sessions: SessionRepository
  copies: SessionCopies<Member> | null
  lease: Lease
  clock: Clock
}

/**
 * To be called when a change of a user is committed. Answers when every session of theirs shows it in every process: each copy
 * is gone, and no reader from before puts it back, or every lease has run out.
 */
export function createShowChanged({ sessions, copies, lease, clock }: Dependencies) {
  return async function showChanged(userId: string): Promise<void> {
    if (!copies) return
    const changedAtMs = clock.monotonicMs()
    if (!(await dropAll(copies, userId))) await lease.runOut(changedAtMs)
  }

  /** False when it is not certain. */
  async function dropAll({ drop }: SessionCopies<Member>, userId: string): Promise<boolean> {
    try {
      const hashes = await sessions.listSecretHashesOfUser(userId, clock.now())
      return (await Promise.all(hashes.map(drop))).every((isGone) => isGone)
    } catch (error) {
      // The change itself is made, and must not be answered as if it were not.
      if (error instanceof PortalError) return false
      throw error
    }
  }
}
