import { EventEmitter } from 'node:events'

export type Breaker = ReturnType<typeof createBreaker>

const WINDOW_MS = 1_000
const FAILURES_TO_OPEN = 3
const PROBE_EVERY_MS = 500

/**
 * Keeps requests away from a neighbour that is down: three failures within a second open it, or one that took as long; then
 * only a probe of its own asks the neighbour, until one succeeds. No request ever has to be the probe.
 */
export function createBreaker(
  probe: () => Promise<unknown>,
  /** True for a failure that alone means the neighbour is lost. */
  { isLost = () => false }: { isLost?: (error: unknown) => boolean } = {},
) {
  const events = new EventEmitter<{ open: []; close: [] }>()
  let failures: number[] = []
  let probing: NodeJS.Timeout | null = null

  function open() {
    if (probing) return
    probeLater()
    events.emit('open')
  }

  function probeLater() {
    probing = setTimeout(probeNow, PROBE_EVERY_MS).unref()
  }

  function probeNow() {
    if (!probing) return
    clearTimeout(probing)
    probe().then(close, () => probing && probeLater())
  }

  function close() {
    if (!probing) return
    clearTimeout(probing)
    probing = null
    failures = []
    events.emit('close')
  }

  function countFailure(error: unknown, startedAt: number) {
    const now = performance.now()
    failures = [...failures.filter((at) => now - at < WINDOW_MS), now]
    const isDown = failures.length >= FAILURES_TO_OPEN || now - startedAt >= WINDOW_MS
    if (isDown || isLost(error)) open()
  }

  return {
    events,
    isOpen: () => probing !== null,

    /** Null when the neighbour was not asked, failed, or was too slow: the work may still have happened. */
    async run<T>(work: () => Promise<T>): Promise<{ answer: T } | null> {
      if (probing) return null
      const startedAt = performance.now()
      try {
        return { answer: await work() }
      } catch (error) {
        countFailure(error, startedAt)
        return null
      }
    },

    /** There is reason to believe that the neighbour is lost. */
    open,
    /** There is reason to believe that the neighbour is back. */
    probeNow,
    /** The neighbour is not needed any more. */
    close,
  }
}
