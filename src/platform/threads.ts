import type { Piscina } from 'piscina'
import { loadOnce } from './loading.ts'

/** `file` lies beside this one and is CommonJS: a thread that is ended while it requires an ES module takes the process with it. */
type Work = { file: `${string}.cts`; atOnce: number }

/** So much lower is their priority than the main thread's: whoever checks a session does not wait for them. */
const NICENESS = 5

/** Threads of their own for what would hold everybody else up. They begin when there is first something to do. */
export function openThreads<Task, Answer>({ file, atOnce }: Work) {
  const open = loadOnce(() => openPool<Task, Answer>({ file, atOnce }))
  let isUsed = false

  return {
    async run(task: Task): Promise<Answer> {
      isUsed = true
      return (await open()).run(task)
    },

    /** What is under way fails. */
    async close(): Promise<void> {
      if (isUsed) await (await open()).destroy()
    },
  }
}

async function openPool<Task, Answer>({ file, atOnce }: Work): Promise<Piscina<Task, Answer>> {
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
