import type { FieldProblem } from '../../errors.ts'
import type { PasswordStrength } from '../../platform/password-strength.ts'

export type PolicyName = 'nist' | 'classic'
/** What a guesser would try first: the portal's name, the person's address and names. */
export type PasswordContext = { portalName: string; personal: (string | null)[] }
type Problem = Pick<FieldProblem, 'code' | 'message'>

const MIN_LENGTH = 8
const MAX_LENGTH = 128
/** Where zxcvbn's score 3 begins, “safely unguessable”: eight characters at random just reach it. */
const MIN_GUESSES = 1e8
const SHORTEST_CONTEXT_WORD = 4
const SHARED_BY_MANY = ['mail', 'gmail', 'example']

/** The one spelling of a password: a keyboard's way of writing é must not lock anybody out (NIST 800-63B §3.1.1.2). */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC')
}

/** Cheap to know, so that nothing long is ever hashed. `password` is normalised. */
export function isTooLong(password: string): boolean {
  return password.length > MAX_LENGTH * 2 || [...password].length > MAX_LENGTH
}

export function requirementsText(policy: PolicyName): string {
  return policy === 'nist'
    ? 'At least 8 characters. A few unrelated words make a good password.'
    : 'At least 8 characters, with an upper-case letter, a lower-case letter, a digit and a special character.'
}

type Rules = { policy: PolicyName; context: PasswordContext; strength: PasswordStrength }

/** Null for a password that may be used; else the first thing to mend, as a sentence. `password` is normalised. */
export async function findPasswordProblem(
  password: string,
  { policy, context, strength }: Rules,
): Promise<Problem | null> {
  if (password === '') return { code: 'required', message: 'Choose a password.' }
  if ([...password].length < MIN_LENGTH) {
    return { code: 'too_short', message: `Use at least ${MIN_LENGTH} characters.` }
  }
  if (isTooLong(password)) return { code: 'too_long', message: `Use at most ${MAX_LENGTH} characters.` }
  return policy === 'nist' ? findGuessable(password, context, strength) : findMissingClass(password)
}

function findMissingClass(password: string): Problem | null {
  const isComplete = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{N}]/u].every((kind) => kind.test(password))
  if (isComplete) return null
  return {
    code: 'too_simple',
    message: 'Use an upper-case letter, a lower-case letter, a digit and a special character.',
  }
}

async function findGuessable(
  password: string,
  { portalName, personal }: PasswordContext,
  strength: PasswordStrength,
): Promise<Problem | null> {
  const words = [portalName, ...personal.flatMap(splitWords)].map(toComparable).filter(isTelling)
  const isContained = (word: string) => toComparable(password).includes(word)
  if (words.some(isContained)) {
    return {
      code: 'contains_context',
      message: 'Do not use your name, your address or the name of this site.',
    }
  }
  const { guesses, isListed } = await strength.estimate(password, words)
  if (guesses >= MIN_GUESSES) return null
  return isListed
    ? {
        code: 'too_common',
        message: 'This password is on lists that attackers try first. Choose another one.',
      }
    : {
        code: 'too_guessable',
        message: 'This password is easy to guess. Make it longer, or add words that do not belong together.',
      }
}

/** An address counts whole and by its parts. */
function splitWords(text: string | null): string[] {
  return text ? [text, ...text.split(/[@\s.+_-]+/)] : []
}

function toComparable(text: string): string {
  return normalizePassword(text).trim().toLowerCase()
}

/** Not what is too short to give anything away, or what half the world shares. */
function isTelling(word: string): boolean {
  return word.length >= SHORTEST_CONTEXT_WORD && !SHARED_BY_MANY.includes(word)
}
