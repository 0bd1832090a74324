import { availableParallelism } from 'node:os'
import { type Asker, OWN_ACCORD, toMarks } from './asker.ts'
import { createFairQueue, type Place } from './fair-queue.ts'
import { openThreads } from './threads.ts'

export type { Place } from './fair-queue.ts'
export type PasswordHasher = ReturnType<typeof openPasswordHasher>

/** The first makes a hash, the second says whether one was made of this password. */
type Task =
  | { password: string; cost: { memoryCost: number; timeCost: number; parallelism: number } }
  | { password: string; passwordHash: string }
type Wish = { place?: Place; like?: string | null }

const QUEUE_LENGTH = 50

type Cost = { memoryKib: number; passes: number; workers?: number }

/** argon2id (OWASP's minimum or above), with one core left for all other requests and a bounded queue, shared with other workers. */
export function openPasswordHasher({ memoryKib, passes, workers = 1 }: Cost) {
  const atOnce = Math.max(1, Math.ceil((availableParallelism() - 1) / workers))
  const threads = openThreads<Task, unknown>({ file: 'password-hasher-worker.cts', atOnce })
  const turns = createFairQueue({ atOnce, length: Math.ceil(QUEUE_LENGTH / workers) })
  const today = { memory: memoryKib, passes }
  const ownAccord: Place = { run: (work) => turns.run(toMarks(OWN_ACCORD), work) }

  return {
    /**
     * Throws `overloaded`, with nothing done, while there is no place. Otherwise `work` begins at once, so that what is to be hashed
     * can be looked up while waiting for its turn. A later `overloaded` means that the place went to somebody with fewer.
     */
    queueUp: <T>(asker: Asker, work: (place: Place) => Promise<T>): Promise<T> =>
      turns.queueUp(toMarks(asker), work),

    /** `like` is a hash, or the beginning of one, whose parameters are used instead of today's. */
    hash(password: string, { place = ownAccord, like = null }: Wish = {}): Promise<string> {
      const { memory, passes } = like === null ? today : readParameters(like)
      // argon2id is the library's default
      const cost = { memoryCost: memory, timeCost: passes, parallelism: 1 }
      return place.run(() => threads.run({ password, cost }) as Promise<string>)
    },

    verify: (passwordHash: string, password: string, place = ownAccord): Promise<boolean> =>
      place.run(() => threads.run({ password, passwordHash }) as Promise<boolean>),

    /** True when the hash was made with weaker parameters than today's. */
    needsRehash(passwordHash: string): boolean {
      const made = readParameters(passwordHash)
      return !passwordHash.startsWith('$argon2id$') || made.memory < memoryKib || made.passes < passes
    },

    readLoad: turns.readLoad,

    close: threads.close,
  }
}

function readParameters(passwordHash: string) {
  const [, memory = 0, passes = 0] = /\$m=(\d+),t=(\d+)/.exec(passwordHash)?.map(Number) ?? []
  return { memory, passes }
}
