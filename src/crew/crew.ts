import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Command, Order, Report, Role } from './messages.ts'

export type Crew = ReturnType<typeof createCrew>
/** One worker, as the primary sees it. */
export type Hired = {
  id: number
  pid: number
  /** Null once it serves, else the reason why it never will. */
  started: Promise<string | null>
  ended: Promise<{ code: number | null; signal: string | null }>
  tell(command: Command): void
  send(order: Order): void
  listen(listener: (report: Report) => void): void
  kill(): void
}
export type Reloaded = { outcome: 'reloaded'; workers: number } | { outcome: 'kept'; reason: string }
type Dependencies = {
  size: number
  hire(role: Role): Hired
  /** Called when nobody serves and nobody can be made to. */
  giveUp(reason: string): void
  clock: Clock
  log: Log
}

/** Failures are forgotten after this. */
const RECENT_MS = 60_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
const GIVE_UP_AFTER = 5

/** Keeps so many workers serving: replaces those that crash, and all of them on request, one by one. */
export function createCrew({ size, hire, giveUp, clock, log }: Dependencies) {
  /** The oldest first. */
  const serving: Hired[] = []
  const everybody = new Set<Hired>()
  const retired = new Set<Hired>()
  let onChores: Hired | null = null
  let beingReplaced = 0
  let failedAtMs: number[] = []
  let isClosing = false

  /** Null once it serves, else the reason why it does not. */
  async function add(role: Role): Promise<string | null> {
    const worker = hire(role)
    everybody.add(worker)
    worker.ended.then(() => everybody.delete(worker))
    const reason = await worker.started
    if (reason !== null) return reason
    log.info({ worker: worker.id, pid: worker.pid }, 'a worker serves')
    serving.push(worker)
    worker.ended.then((end) => noteEnd(worker, end))
    shareChores()
    return null
  }

  function noteEnd(worker: Hired, end: Awaited<Hired['ended']>) {
    const about = { worker: worker.id, ...end }
    if (retired.delete(worker)) return log.info(about, 'a worker that was replaced has ended')
    leave(worker)
    if (isClosing) return
    log.error(about, 'a worker has ended unexpectedly')
    noteFailure()
    fill()
  }

  function leave(worker: Hired) {
    serving.splice(serving.indexOf(worker), 1)
    shareChores()
  }

  /** One worker has them, as long as any serves. */
  function shareChores() {
    if (isClosing || (onChores && serving.includes(onChores))) return
    onChores = serving.at(-1) ?? null
    if (!onChores) return
    onChores.tell('chores')
    log.info({ worker: onChores.id }, 'a worker has taken over email and housekeeping')
  }

  function noteFailure() {
    const now = clock.monotonicMs()
    failedAtMs = [...failedAtMs.filter((at) => now - at < RECENT_MS), now]
  }

  /** The first is replaced at once. */
  function toPauseMs(): number {
    const more = failedAtMs.length - 2
    return more < 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** more, LONGEST_PAUSE_MS)
  }

  function fill() {
    while (!isClosing && serving.length + beingReplaced < size) {
      beingReplaced++
      void replace().finally(() => {
        beingReplaced--
      })
    }
  }

  async function replace(): Promise<void> {
    for (;;) {
      await clock.wait(toPauseMs())
      if (isClosing) return
      const reason = await add('next')
      if (reason === null || isClosing) return
      log.error({ reason }, 'a worker could not start')
      noteFailure()
      if (serving.length === 0 && failedAtMs.length >= GIVE_UP_AFTER) return giveUp(reason)
    }
  }

  /** Also whoever is still starting: it may have read yesterday's settings. */
  async function reloadNow(): Promise<Reloaded> {
    for (const worker of retired) worker.tell('drain')
    let workers = 0
    for (const worker of [...everybody].filter((each) => !retired.has(each))) {
      if ((await worker.started) !== null) continue
      const reason = await replaceOne(worker, workers === 0 ? 'first' : 'next')
      if (reason !== null) return { outcome: 'kept', reason }
      workers++
    }
    fill()
    log.info({ workers }, 'every worker has been replaced')
    return { outcome: 'reloaded', workers }
  }

  async function replaceOne(worker: Hired, role: Role): Promise<string | null> {
    beingReplaced++
    const reason = await add(role)
    beingReplaced--
    if (reason !== null) {
      log.error({ reason }, 'a new worker could not start: those that serve stay')
      fill()
    } else if (serving.includes(worker)) retire(worker)
    return reason
  }

  function retire(worker: Hired) {
    retired.add(worker)
    worker.tell('retire')
    leave(worker)
  }

  return {
    /** The first worker shows that it can be done; then come the others. Answers with the reason if one cannot start. */
    async start(): Promise<string | null> {
      const reason = await add('first')
      if (reason !== null) return reason
      const reasons = await Promise.all(Array.from({ length: size - 1 }, () => add('next')))
      return reasons.find((each) => each !== null) ?? null
    },

    /** Workers with today's code and settings in place of those that serve. What is asked for meanwhile is done once, afterwards. */
    reload: oneAfterAnother(reloadNow),

    /** Returns when all have ended; whoever has not by then is killed. */
    async close(withinMs: number): Promise<void> {
      isClosing = true
      for (const worker of everybody) {
        if (serving.includes(worker) || retired.has(worker)) worker.tell('drain')
        else worker.kill()
      }
      const allEnded = Promise.all([...everybody].map(({ ended }) => ended))
      await Promise.race([allEnded, clock.wait(withinMs)])
      this.killAll()
    },

    killAll() {
      isClosing = true
      for (const worker of everybody) worker.kill()
    },
  }
}

/** One at a time. Whoever asks while one is under way shares the next, which begins after they asked. */
function oneAfterAnother<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  return () => {
    next ??= current.then(() => {
      const begun = work()
      current = begun.catch(() => {})
      next = null
      return begun
    })
    return next
  }
}
