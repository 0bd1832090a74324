import { randomInt } from 'node:crypto'
import type { Asker } from '../../platform/asker.ts'
import type { PasswordHasher, Place } from '../../platform/password-hasher.ts'
import type { PasswordStrength } from '../../platform/password-strength.ts'
import type { Decoys } from './decoys.ts'
import {
  findPasswordProblems,
  hasEveryKind,
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
const DICTIONARIES_AFTER_MS = 3_000
const GENERATED_LENGTH = 20

export function createPasswordService({ hasher, decoys, strength, policy, portalName }: Dependencies) {
  let timer: NodeJS.Timeout | null = null

  return {
    policy,
    requirementsText: requirementsText(policy),

    /** Throws `overloaded` while too many wait, before anything is done: take a place here before hashing for a visitor. */
    queueUp: hasher.queueUp,

    /** Everything wrong with it; empty for a password that may be used. Throws `overloaded`. */
    findProblems(typed: string, { personal, asker }: Wish): Promise<PasswordProblem[]> {
      const [password, context] = [normalizePassword(typed), { portalName, personal }]
      return findPasswordProblems({ password, context, strength, asker }, policy)
    },

    hash: (password: string, place?: Place): Promise<string> =>
      hasher.hash(normalizePassword(password), { place }),

    /** Always one verification: without a hash, of a decoy for the name, whose choice everybody waits for. */
    async verify(passwordHash: string | null, { name, password, place }: Presented): Promise<boolean> {
      const typed = normalizePassword(password)
      if (isTooLong(typed)) return false
      const decoy = await decoys.choose(name)
      const matches = await hasher.verify(passwordHash ?? decoy, typed, place)
      return matches && passwordHash !== null
    },

    needsRehash: hasher.needsRehash,

    /** For whoever wants none of their own: it passes every policy, and has no characters that look alike. */
    generateRandomPassword(): string {
      const length = Math.max(GENERATED_LENGTH, policy.minLength)
      let password = ''
      while (!hasEveryKind(password))
        password = Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
      return password
    },

    /** Loads what must be known before the first password is judged. */
    warmUp: decoys.look,

    /** Does the slow work before anybody waits for it; the dictionaries come after the first requests. A failure is retried when it is needed. */
    begin(): void {
      decoys.choose('').catch(() => {})
      timer = setTimeout(() => strength.estimate('warming up').catch(() => {}), DICTIONARIES_AFTER_MS).unref()
    },

    close(): void {
      if (timer) clearTimeout(timer)
    },
  }
}
