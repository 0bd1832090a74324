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
  const today = { memory: memoryKib, passes }

  /** Throws `overloaded` while the queue is full: to be asked before any other work is done for the request. */
  function ensureRoom() {
    if (turns.pendingCount >= QUEUE_LENGTH) throw new PortalError('overloaded', { retryAfterSeconds: 1 })
  }

  return {
    ensureRoom,

    /** `like` is a hash, or its beginning, whose parameters are to be used instead of today's. */
    async hash(password: string, like: string | null = null): Promise<string> {
      ensureRoom()
      const { memory, passes } = like === null ? today : readParameters(like)
      return turns(() => hash(password, { memoryCost: memory, timeCost: passes, parallelism: 1 }))
    },

    async verify(passwordHash: string, password: string): Promise<boolean> {
      ensureRoom()
      return turns(() => verify(passwordHash, password))
    },

    /** True when the hash was made with less than what is asked for today. */
    needsRehash(passwordHash: string): boolean {
      const made = readParameters(passwordHash)
      return !passwordHash.startsWith('$argon2id$') || made.memory < memoryKib || made.passes < passes
    },
  }
}

function readParameters(passwordHash: string) {
  const [, memory = 0, passes = 0] = /\$m=(\d+),t=(\d+)/.exec(passwordHash)?.map(Number) ?? []
  return { memory, passes }
}
