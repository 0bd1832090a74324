import type { Piscina } from 'piscina'
import { loadOnce } from './loading.ts'

/** `file` lies beside this one and is CommonJS: a thread that is ended while it requires an ES module takes the process with it. */
type Work = { file: `${string}.cts`; atOnce: number }

/** So much lower is their priority than the main thread's: whoever checks a session does not wait for them. */
const NICENESS = 5

/** By file. Each is the process' own, and holds nothing up when that ends. */
const pools = new Map<string, () => Promise<Piscina>>()

/** Threads for what would hold everybody else up. They begin when there is first something to do. */
export function openThreads<Task, Answer>({ file, atOnce }: Work) {
  const open = pools.get(file) ?? loadOnce(() => openPool({ file, atOnce }))
  pools.set(file, open)
  const closing = new AbortController()

  return {
    run: async (task: Task): Promise<Answer> => (await open()).run(task, { signal: closing.signal }),

    /** What is under way fails. */
    close: (): void => closing.abort(),
  }
}

async function openPool({ file, atOnce }: Work): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  return new Piscina({
    filename: new URL(file, import.meta.url).href,
    // What the process loads first, like the writing of the database clients, is not for its threads.
    execArgv: [],
    minThreads: 0,
    maxThreads: atOnce,
    idleTimeout: Number.POSITIVE_INFINITY,
    niceIncrement: NICENESS,
  })
}
