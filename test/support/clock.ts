import { type Clock, systemClock } from '../../src/platform/clock.ts'

/** The real clock, which a test can set forward. */
export function createTestClock(): Clock & { forward(ms: number): void } {
  let aheadMs = 0
  return {
    now: () => new Date(Date.now() + aheadMs),
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    wait: systemClock.wait,
    forward(ms) {
      aheadMs += ms
    },
  }
}
