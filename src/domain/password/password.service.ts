import { randomInt } from 'node:crypto'
import type { Asker } from '../../platform/asker.ts'
import type { PasswordHasher, Place } from '../../platform/password-hasher.ts'
import type { PasswordStrength } from '../../platform/password-strength.ts'
import type { Decoys } from './decoys.ts'
import {
  findPasswordProblems,
  isTooLong,
  normalizePassword,
  type PasswordPolicy,
  type PasswordProblem,
  requirementsText,
} from './password-policy.ts'

export type PasswordService = ReturnType<typeof createPasswordService>
/** `personal`: what a guesser knows of its owner. */
type Wish = { personal: (string | null)[]; asker?: Asker }
/** `name` is what was typed, an address or a username. */
type Presented = { name: string; password: string; place?: Place }
type Dependencies = {
  hasher: PasswordHasher
  decoys: Decoys
  strength: PasswordStrength
  policy: PasswordPolicy
  portalName: string
}

const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.!'
const GENERATED_LENGTH = 20

export function createPasswordService({ hasher, decoys, strength, policy, portalName }: Dependencies) {
  return {
    policy,
    requirementsText: requirementsText(policy),

    /** Throws `overloaded` while too many wait, before anything is done: whoever hashes for a visitor asks for a place first. */
    queueUp: hasher.queueUp,

    /** All that is to be mended; nothing for a password that may be used. Throws `overloaded`. */
    findProblems(typed: string, { personal, asker }: Wish): Promise<PasswordProblem[]> {
      const [password, context] = [normalizePassword(typed), { portalName, personal }]
      return findPasswordProblems({ password, context, strength, asker }, policy)
    },

    hash: (password: string, place?: Place): Promise<string> =>
      hasher.hash(normalizePassword(password), { place }),

    /** One verification, whoever asks: without a hash it is that of a decoy for the name, and the answer is false. */
    async verify(passwordHash: string | null, { name, password, place }: Presented): Promise<boolean> {
      const typed = normalizePassword(password)
      if (isTooLong(typed)) return false
      const matches = await hasher.verify(passwordHash ?? (await decoys.choose(name)), typed, place)
      return matches && passwordHash !== null
    },

    needsRehash: hasher.needsRehash,

    generateRandomPassword(length = GENERATED_LENGTH): string {
      return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
    },

    /** So that the first visitor waits no longer than the others. */
    async warmUp(): Promise<void> {
      await Promise.all([decoys.look(), decoys.choose('')])
    },

    /** Loads the dictionaries while nobody waits for them yet. What fails now is tried again when it is needed. */
    begin(): void {
      strength.estimate('warming up').catch(() => {})
    },
  }
}
