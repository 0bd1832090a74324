import { EventEmitter } from 'node:events'

export type Breaker = ReturnType<typeof createBreaker>

const WINDOW_MS = 1_000
const FAILURES_TO_OPEN = 3
const PROBE_EVERY_MS = 500

/**
 * Keeps requests away from a neighbour that is down: three failures within a second open it, then only a probe of its own,
 * twice a second, asks the neighbour, until one succeeds. No request ever has to be the probe.
 */
export function createBreaker(probe: () => Promise<unknown>) {
  const events = new EventEmitter<{ open: []; close: [] }>()
  let failures: number[] = []
  let probing: NodeJS.Timeout | null = null

  function open() {
    probing = setInterval(() => probe().then(close, () => {}), PROBE_EVERY_MS).unref()
    events.emit('open')
  }

  function close() {
    if (!probing) return
    clearInterval(probing)
    probing = null
    failures = []
    events.emit('close')
  }

  function countFailure() {
    const now = performance.now()
    failures = [...failures.filter((at) => now - at < WINDOW_MS), now]
    if (failures.length >= FAILURES_TO_OPEN && !probing) open()
  }

  return {
    events,
    isOpen: () => probing !== null,

    /** Null when the neighbour was not asked, failed, or was too slow: the work may still have happened. */
    async run<T>(work: () => Promise<T>): Promise<{ answer: T } | null> {
      if (probing) return null
      try {
        return { answer: await work() }
      } catch {
        countFailure()
        return null
      }
    },

    close,
  }
}
