import type { Clock } from '../platform/clock.ts'

export type Lease = ReturnType<typeof createLease>

const MARGIN_MS = 100

/** How long something read once may be trusted without asking again. */
export function createLease({ clock, leaseMs }: { clock: Clock; leaseMs: number }) {
  const leftMs = (sinceMs: number) => sinceMs + leaseMs + MARGIN_MS - clock.monotonicMs()

  return {
    isOver: (sinceMs: number): boolean => leftMs(sinceMs) <= 0,

    /** Resolves when nobody trusts anything read before `sinceMs` (monotonic clock) any longer. */
    runOut: (sinceMs: number): Promise<void> => clock.wait(leftMs(sinceMs)),
  }
}
