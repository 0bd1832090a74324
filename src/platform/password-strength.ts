import { type Asker, OWN_ACCORD, toMarks } from './asker.ts'
import { createFairQueue } from './fair-queue.ts'
import { openThreads } from './threads.ts'

export type PasswordStrength = ReturnType<typeof openPasswordStrength>
/** `guesses` that an attacker needs, as zxcvbn counts; `isListed` when the whole password is on a list of common ones. */
type Estimate = { guesses: number; isListed: boolean }
type Task = { password: string; words: string[] }
/** `words`: what a guesser knows of the owner. */
type Question = { words?: string[]; asker?: Asker }

const QUEUE_LENGTH = 50
/** Estimating takes longer the longer the password is; a beginning that is hard to guess is enough. */
const ESTIMATED_LENGTH = 40

/** Guesses as an attacker would. Some passwords take a third of a second, so it runs in its own thread, started when needed. */
export function openPasswordStrength() {
  const turns = createFairQueue({ atOnce: 1, length: QUEUE_LENGTH })
  const thread = openThreads<Task, Estimate>({
    file: 'password-strength-worker.cts',
    atOnce: 1,
  })

  return {
    /** Throws `overloaded`: at once, or later when somebody with fewer questions came. */
    estimate(password: string, { words = [], asker = OWN_ACCORD }: Question = {}): Promise<Estimate> {
      const task = { password: password.slice(0, ESTIMATED_LENGTH), words }
      return turns.run(toMarks(asker), () => thread.run(task))
    },
    close: thread.close,
  }
}
