import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Wall time for what is written down, monotonic time for what is waited out: the wall clock may be set back. Waiting keeps no
 * process alive.
 */
export type Clock = { now(): Date; monotonicMs(): number; wait(ms: number): Promise<void> }

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: (ms) => sleep(ms, undefined, { ref: false }),
}
