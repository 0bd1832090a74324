import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Log } from './log.ts'

export type Afterwards = ReturnType<typeof createAfterwards>

/** Work done after the answer, so that the time it takes tells nothing. */
export function createAfterwards({ log }: { log: Log }) {
  const underway = new Set<Promise<unknown>>()

  return {
    /** Begins when the answer is on its way. `what` stands in the log when it fails. */
    begin(what: string, work: () => Promise<unknown>): void {
      const done = nextTurn()
        .then(work)
        .catch((error) => log.warn({ err: error }, `could not ${what}`))
        .finally(() => underway.delete(done))
      underway.add(done)
    },

    /** Returns once nothing is in progress. */
    async settle(): Promise<void> {
      while (underway.size > 0) await Promise.all(underway)
    },
  }
}
