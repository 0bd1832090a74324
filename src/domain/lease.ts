import type { Clock } from '../platform/clock.ts'

export type Lease = ReturnType<typeof createLease>

const MARGIN_MS = 100

/** For how long what was read once may be believed without asking again. */
export function createLease({ clock, leaseMs }: { clock: Clock; leaseMs: number }) {
  const leftMs = (sinceMs: number) => sinceMs + leaseMs + MARGIN_MS - clock.monotonicMs()

  return {
    isOver: (sinceMs: number): boolean => leftMs(sinceMs) <= 0,

    /** Resolves when nobody believes any more what they read before `sinceMs`, on the monotonic clock. */
    runOut: (sinceMs: number): Promise<void> => clock.wait(leftMs(sinceMs)),
  }
}
