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
 * Call it after committing a change of a user. Returns once all their sessions show it in every process: each copy is gone and
 * no earlier reader can put it back, or every lease has run out.
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
      // The change has been made, and must not be answered as if it had not.
      if (error instanceof PortalError) return false
      throw error
    }
  }
}
