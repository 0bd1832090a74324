import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { PortalError } from '../errors.ts'

export type PasswordHasher = ReturnType<typeof createPasswordHasher>

const QUEUE_LENGTH = 50

/** argon2id (OWASP's floor or above), as many at once as there are cores, a bounded queue behind them. */
export function createPasswordHasher({ memoryKib, passes }: { memoryKib: number; passes: number }) {
  const parallelism = availableParallelism()
  const turns = pLimit(parallelism)
  // argon2id is the library's default
  const options = { memoryCost: memoryKib, timeCost: passes, parallelism: 1 }

  /** Throws `overloaded` while the queue is full: to be asked before any other work is done for the request. */
  function ensureRoom() {
    if (turns.pendingCount >= QUEUE_LENGTH) throw new PortalError('overloaded', { retryAfterSeconds: 1 })
  }

  return {
    ensureRoom,

    async hash(password: string): Promise<string> {
      ensureRoom()
      return turns(() => hash(password, options))
    },

    async verify(passwordHash: string, password: string): Promise<boolean> {
      ensureRoom()
      return turns(() => verify(passwordHash, password))
    },

    /** True when the hash was made with less than what is asked for today. */
    needsRehash(passwordHash: string): boolean {
      const [, memory = 0, time = 0] = /\$m=(\d+),t=(\d+)/.exec(passwordHash)?.map(Number) ?? []
      return !passwordHash.startsWith('$argon2id$') || memory < memoryKib || time < passes
    },
  }
}
