import { createHmac } from 'node:crypto'
import type { Afterwards } from '../../platform/afterwards.ts'
import type { Clock } from '../../platform/clock.ts'
import type { PasswordHasher } from '../../platform/password-hasher.ts'
import { randomSecret } from '../secret.ts'
import { MINUTE_MS } from '../time.ts'
import type { HashCost } from '../user/user.repository.ts'

export type Decoys = ReturnType<typeof createDecoys>
type Dependencies = {
  hasher: PasswordHasher
  /** How many hashes of a sample have which parameters, the weakest first. */
  listCosts(): Promise<HashCost[]>
  key: Buffer
  afterwards: Afterwards
  clock: Clock
}

const LOOK_AGAIN_EVERY_MS = 10 * MINUTE_MS

/**
 * Hashes of passwords that nobody knows, verified where there is no hash, so that the answer takes as long. After the parameters
 * are raised, stored hashes keep the old ones until their owners sign in. So an unknown name gets the parameters of a stored hash,
 * always the same ones, in the proportions in which they are stored.
 */
export function createDecoys({ hasher, listCosts, key, afterwards, clock }: Dependencies) {
  const hashes = new Map<string, Promise<string>>()
  let costs: HashCost[] = []
  let lookedAtMs = Number.NEGATIVE_INFINITY

  function hashWith(cost: string | null): Promise<string> {
    const known = hashes.get(cost ?? '')
    if (known) return known
    const made = hasher.hash(randomSecret(), { like: cost })
    hashes.set(cost ?? '', made)
    made.catch(() => hashes.delete(cost ?? ''))
    return made
  }

  async function look(): Promise<void> {
    lookedAtMs = clock.monotonicMs()
    costs = await listCosts()
    for (const { cost } of costs) hashWith(cost)
  }

  /** Between 0 and 1, always the same for a name, and unpredictable from outside. */
  function toFraction(name: string): number {
    return createHmac('sha256', key).update(name).digest().readUInt32BE(0) / 2 ** 32
  }

  function chooseCost(name: string): string | null {
    const all = costs.reduce((sum, { count }) => sum + count, 0)
    let rest = toFraction(name) * all
    for (const { cost, count } of costs) {
      rest -= count
      if (rest < 0) return cost
    }
    return null
  }

  return {
    look,

    choose(name: string): Promise<string> {
      if (clock.monotonicMs() - lookedAtMs > LOOK_AGAIN_EVERY_MS) {
        lookedAtMs = clock.monotonicMs()
        afterwards.begin('look how passwords are hashed', look)
      }
      return hashWith(chooseCost(name))
    },
  }
}
