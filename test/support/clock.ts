import { type Clock, systemClock } from '../../src/platform/clock.ts'

type TestClock = Clock & { forward(ms: number): void }

/** The real clock, which a test can set forward. */
export function createTestClock(): TestClock {
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

/** Its time passes only when a test sets it forward. */
export function createStillClock(): TestClock {
  const clock = createTestClock()
  let at = Date.now()
  return {
    ...clock,
    now: () => new Date(at),
    forward(ms) {
      at += ms
      clock.forward(ms)
    },
  }
}
