import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Wall time for what is recorded, monotonic time for waiting: the wall clock may be set back. A pending wait does not keep the
 * process alive.
 */
export type Clock = { now(): Date; monotonicMs(): number; wait(ms: number): Promise<void> }

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: (ms) => sleep(ms, undefined, { ref: false }),
}
