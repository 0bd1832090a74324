import type { Piscina } from 'piscina'
import { PortalError } from '../errors.ts'

export type PasswordStrength = ReturnType<typeof openPasswordStrength>
/** `guesses` that an attacker needs, as zxcvbn counts; `isListed` when the whole password stands in a list of common ones. */
type Estimate = { guesses: number; isListed: boolean }

const QUEUE_LENGTH = 50
/** Estimating takes longer the longer the password is; a beginning that is hard to guess is enough. */
const ESTIMATED_LENGTH = 40

/** Guesses like an attacker would. Some passwords take a third of a second, so it has a thread of its own once it is needed. */
export function openPasswordStrength() {
  let opened: Promise<Piscina> | null = null

  return {
    async estimate(password: string, words: string[]): Promise<Estimate> {
      opened ??= openPool()
      const pool = await opened
      if (pool.queueSize >= QUEUE_LENGTH) throw new PortalError('overloaded', { retryAfterSeconds: 1 })
      return pool.run({ password: password.slice(0, ESTIMATED_LENGTH), words })
    },
    close: async () => (await opened)?.destroy(),
  }
}

async function openPool(): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  return new Piscina({
    filename: new URL('password-strength-worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    maxQueue: QUEUE_LENGTH,
    idleTimeout: Number.POSITIVE_INFINITY,
  })
}
