import { randomInt } from 'node:crypto'
import type { FieldProblem } from '../../errors.ts'
import type { PasswordHasher } from '../../platform/password-hasher.ts'
import type { PasswordStrength } from '../../platform/password-strength.ts'
import type { Decoys } from './decoys.ts'
import {
  findPasswordProblem,
  isTooLong,
  normalizePassword,
  type PolicyName,
  requirementsText,
} from './password-policy.ts'

export type PasswordService = ReturnType<typeof createPasswordService>
type Dependencies = {
  hasher: PasswordHasher
  decoys: Decoys
  strength: PasswordStrength
  policy: PolicyName
  portalName: string
}

const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.!'
const GENERATED_LENGTH = 20

export function createPasswordService({ hasher, decoys, strength, policy, portalName }: Dependencies) {
  return {
    policy,
    requirementsText: requirementsText(policy),

    /** Throws `overloaded` while too many wait: to be asked before anything else is done. */
    ensureRoom: hasher.ensureRoom,

    /** The first thing to mend, or null for a password that may be used. */
    validateStrength(
      password: string,
      personal: (string | null)[],
    ): Promise<Pick<FieldProblem, 'code' | 'message'> | null> {
      return findPasswordProblem(normalizePassword(password), {
        policy,
        context: { portalName, personal },
        strength,
      })
    },

    hash: (password: string): Promise<string> => hasher.hash(normalizePassword(password)),

    /** One verification, whoever asks: without a hash it is that of a decoy for the name, and the answer is false. */
    async verify(passwordHash: string | null, { name, password }: { name: string; password: string }) {
      const typed = normalizePassword(password)
      if (isTooLong(typed)) return false
      const matches = await hasher.verify(passwordHash ?? (await decoys.choose(name)), typed)
      return matches && passwordHash !== null
    },

    needsRehash: hasher.needsRehash,

    generateRandomPassword(length = GENERATED_LENGTH): string {
      return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
    },

    /** So that the first visitor waits no longer than the others. */
    async warmUp(): Promise<void> {
      await Promise.all([decoys.look(), decoys.choose(''), strength.estimate('warming up', [])])
    },
  }
}
