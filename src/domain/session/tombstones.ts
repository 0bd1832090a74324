import type { Clock } from '../../platform/clock.ts'
import type { SessionCopies } from '../../platform/session-copies.ts'
import { SECOND_MS } from '../time.ts'
import type { Member } from './session.ts'

export type Tombstones = ReturnType<typeof createTombstones>
/** An ended session, and until when somebody could still present its secret. */
export type Grave = { secretHash: string; expiresAt: Date }

type Dependencies = { copies: SessionCopies<Member> | null; clock: Clock; leaseMs: number }

const LEASE_MARGIN_MS = 100
const RETRY_EVERY_MS = SECOND_MS

/** Makes the copies of ended sessions unusable. SQL must have said first that they ended. */
export function createTombstones({ copies, clock, leaseMs }: Dependencies) {
  let isClosed = false

  /** True when Redis confirmed it. A timeout is not a confirmation. */
  async function buryNow({ secretHash, expiresAt }: Grave): Promise<boolean> {
    return (await copies?.bury(secretHash, expiresAt.getTime() - clock.now().getTime())) ?? true
  }

  /** Answers when no process can accept these sessions: each is under a tombstone, or every lease has run out. */
  async function bury(graves: Grave[]): Promise<void> {
    const endedAtMs = clock.monotonicMs()
    const confirmed = await Promise.all(graves.map(buryNow))
    const open = graves.filter((_, index) => !confirmed[index])
    if (open.length === 0) return
    void keepBurying(open)
    await clock.wait(endedAtMs + leaseMs + LEASE_MARGIN_MS - clock.monotonicMs())
  }

  async function keepBurying(graves: Grave[]) {
    let open = graves
    while (open.length > 0 && !isClosed) {
      await clock.wait(RETRY_EVERY_MS)
      const confirmed = await Promise.all(open.map(buryNow))
      open = open.filter((_, index) => !confirmed[index])
    }
  }

  return {
    bury,
    buryNow,
    close() {
      isClosed = true
    },
  }
}
