import type { Clock } from '../platform/clock.ts'

export type Lease = ReturnType<typeof createLease>

const MARGIN_MS = 100

/** For how long what was read once may be believed without asking again. */
export function createLease({ clock, leaseMs }: { clock: Clock; leaseMs: number }) {
  return {
    /** Resolves when nobody believes any more what they read before `sinceMs`, on the monotonic clock. */
    runOut: (sinceMs: number): Promise<void> =>
      clock.wait(sinceMs + leaseMs + MARGIN_MS - clock.monotonicMs()),
  }
}
