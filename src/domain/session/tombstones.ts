import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { SessionCopies } from '../../platform/session-copies.ts'
import type { Lease } from '../lease.ts'
import { SECOND_MS } from '../time.ts'
import type { Member } from './session.ts'

export type Tombstones = ReturnType<typeof createTombstones>
/** An ended session, and until when somebody could still present its secret. */
export type Grave = { secretHash: string; expiresAt: Date }

type Dependencies = { copies: SessionCopies<Member> | null; lease: Lease; clock: Clock; log: Log }

const RETRY_EVERY_MS = SECOND_MS

/** Makes the copies of ended sessions unusable. */
export function createTombstones({ copies, lease, clock, log }: Dependencies) {
  let isClosed = false
  let unconfirmed = 0

  /** Returns once no process can accept these sessions, whose end SQL knows: all tombstones stand, or every lease has run out. */
  async function bury(graves: Grave[]): Promise<void> {
    const endedAtMs = clock.monotonicMs()
    const areBuried = await buryNow(graves)
    if (!areBuried) await lease.runOut(endedAtMs)
  }

  /** True when Redis confirmed all of them at once; the rest are retried until it does. */
  async function buryNow(graves: Grave[]): Promise<boolean> {
    const open = await buryEach(graves)
    if (open.length > 0) buryLater(open)
    return open.length === 0
  }

  function buryLater(graves: Grave[]) {
    keepBurying(graves).catch((error) => log.error({ err: error }, 'Redis was not told of ended sessions'))
  }

  async function keepBurying(graves: Grave[]) {
    let open = graves
    unconfirmed += open.length
    while (open.length > 0 && !isClosed) {
      await clock.wait(RETRY_EVERY_MS)
      const left = await buryEach(open)
      unconfirmed -= open.length - left.length
      open = left
    }
  }

  /** Those not confirmed yet. A timeout is not a confirmation. */
  async function buryEach(graves: Grave[]): Promise<Grave[]> {
    if (!copies) return []
    const now = clock.now().getTime()
    const confirmed = await Promise.all(
      graves.map(({ secretHash, expiresAt }) => copies.bury(secretHash, expiresAt.getTime() - now)),
    )
    return graves.filter((_, index) => !confirmed[index])
  }

  return {
    bury,
    buryNow,
    countUnconfirmed: () => unconfirmed,
    close() {
      isClosed = true
    },
  }
}
