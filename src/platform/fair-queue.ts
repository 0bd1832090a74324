import { PortalError } from '../errors.ts'

/** Who wants a turn, by everything that a flood could have in common: its address, the account it targets. */
export type Asker = string[]
/** Good for one turn: `run` waits until it has come. */
export type Place = { run<T>(work: () => Promise<T>): Promise<T> }
type Turn = { asker: Asker; isReady: boolean } & PromiseWithResolvers<void>

/**
 * Runs so many at once, the others in turn, with at most `length` of them waiting. While the queue is full, whoever has most
 * places in it gives way to those with fewer: one crowd never keeps others out.
 */
export function createFairQueue({ atOnce, length }: { atOnce: number; length: number }) {
  const waiting: Turn[] = []
  let running = 0
  let refused = 0

  const countShare = (asker: Asker) =>
    Math.max(0, ...asker.map((mark, place) => waiting.filter((turn) => turn.asker[place] === mark).length))

  /** The last turn of whoever has most places, if that is more than the newcomer would then have. */
  function findToGiveWay(newcomer: Asker): Turn | null {
    const shares = waiting.map(({ asker }) => countShare(asker))
    const most = Math.max(...shares)
    return most > countShare(newcomer) + 1 ? (waiting[shares.lastIndexOf(most)] ?? null) : null
  }

  function makeRoom(asker: Asker) {
    if (waiting.length < length) return
    const turn = findToGiveWay(asker)
    refused++
    if (!turn) throw overloaded()
    leave(turn)
    turn.reject(overloaded())
  }

  function takePlace(asker: Asker): Turn {
    makeRoom(asker)
    const turn = { asker, isReady: false, ...Promise.withResolvers<void>() }
    turn.promise.catch(() => {}) // whoever gives way learns of it when they want their turn
    waiting.push(turn)
    return turn
  }

  function leave(turn: Turn) {
    const index = waiting.indexOf(turn)
    if (index >= 0) waiting.splice(index, 1)
  }

  /** Whoever is not ready lets others go first, and keeps the place. */
  function beginNext() {
    const next = running < atOnce && waiting.find(({ isReady }) => isReady)
    if (!next) return
    leave(next)
    running++
    next.resolve()
  }

  async function runInTurn<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    if (turn.isReady) throw new Error('A place is good for one turn')
    turn.isReady = true
    beginNext()
    await turn.promise
    try {
      return await work()
    } finally {
      running--
      beginNext()
    }
  }

  /** Throws `overloaded` before anything is done. Otherwise `prepare` begins at once, and its place is free when it ends. */
  async function queueUp<T>(asker: Asker, prepare: (place: Place) => Promise<T>): Promise<T> {
    const turn = takePlace(asker)
    try {
      return await prepare({ run: (work) => runInTurn(turn, work) })
    } finally {
      leave(turn)
    }
  }

  return {
    queueUp,
    /** `refused`: since the start, at once or later. */
    readLoad: () => ({ running, waiting: waiting.length, refused }),

    /** Throws `overloaded`: at once, or later when somebody with fewer places came. */
    run: <T>(asker: Asker, work: () => Promise<T>): Promise<T> => queueUp(asker, ({ run }) => run(work)),
  }
}

const overloaded = () => new PortalError('overloaded', { retryAfterSeconds: 1 })
