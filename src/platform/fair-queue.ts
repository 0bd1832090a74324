import { PortalError } from '../errors.ts'

/** Who wants a turn, by all that a flood could have in common: its address, the account it is after. */
export type Asker = string[]
type Turn = { asker: Asker; begin(): void; refuse(failure: PortalError): void }

/**
 * So many at once, the others one after the other, and no more than `length` of them waiting. While the queue is full, whoever
 * has most turns in it gives way to who has fewer: nobody's crowd keeps anybody else out.
 */
export function createFairQueue({ atOnce, length }: { atOnce: number; length: number }) {
  const waiting: Turn[] = []
  let running = 0

  const countShare = (asker: Asker) =>
    Math.max(0, ...asker.map((mark, place) => waiting.filter((turn) => turn.asker[place] === mark).length))

  /** The last turn of whoever waits for most, if that is more than the newcomer then would. */
  function findToGiveWay(newcomer: Asker): Turn | null {
    const shares = waiting.map(({ asker }) => countShare(asker))
    const most = Math.max(...shares)
    return most > countShare(newcomer) + 1 ? (waiting[shares.lastIndexOf(most)] ?? null) : null
  }

  /** Throws `overloaded` when there is no turn to be had. */
  function ensureRoom(asker: Asker) {
    if (waiting.length >= length && !findToGiveWay(asker)) throw overloaded()
  }

  function makeRoom(asker: Asker) {
    if (waiting.length < length) return
    const turn = findToGiveWay(asker)
    if (!turn) throw overloaded()
    waiting.splice(waiting.indexOf(turn), 1)
    turn.refuse(overloaded())
  }

  function waitForTurn(asker: Asker): Promise<void> {
    return new Promise((resolve, reject) => waiting.push({ asker, begin: resolve, refuse: reject }))
  }

  return {
    ensureRoom,

    /** Throws `overloaded`: at once, or later when somebody with fewer turns came. */
    async run<T>(asker: Asker, work: () => Promise<T>): Promise<T> {
      if (running >= atOnce) {
        makeRoom(asker)
        await waitForTurn(asker)
      } else running++
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next.begin()
        else running--
      }
    },
  }
}

const overloaded = () => new PortalError('overloaded', { retryAfterSeconds: 1 })
