import type { FieldProblem } from '../../errors.ts'
import type { Asker } from '../../platform/asker.ts'
import type { PasswordStrength } from '../../platform/password-strength.ts'

/** `minLength` in characters, as people count them. */
export type PasswordPolicy = { name: 'strength' | 'nist' | 'classic'; minLength: number }
/** What a guesser would try first: the portal's name, the person's address and names. */
export type PasswordContext = { portalName: string; personal: (string | null)[] }
export type PasswordProblem = Pick<FieldProblem, 'code' | 'message'>
type Candidate = { password: string; context: PasswordContext; strength: PasswordStrength; asker?: Asker }

const MAX_LENGTH = 128
/** Where zxcvbn's score 3, “safely unguessable”, begins: eight random characters just reach it. */
const MIN_GUESSES = 1e8
const SHORTEST_CONTEXT_WORD = 4
const SHARED_BY_MANY = ['mail', 'gmail', 'example']

const KINDS = [
  { words: 'an upper-case letter', kind: /\p{Lu}/u },
  { words: 'a lower-case letter', kind: /\p{Ll}/u },
  { words: 'a digit', kind: /\p{Nd}/u },
  { words: 'a special character', kind: /[^\p{L}\p{N}]/u },
]
const SPECIAL_AROUND = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu

const TOO_COMMON: PasswordProblem = {
  code: 'too_common',
  message: 'This password is on lists that attackers try first. Choose another one.',
}
const TOO_GUESSABLE: PasswordProblem = {
  code: 'too_guessable',
  message: 'This password is easy to guess. Make it longer, or add words that do not belong together.',
}
const TELLS_WHO: PasswordProblem = {
  code: 'contains_context',
  message: 'Do not use your name, your address or the name of this site.',
}

/** The one spelling of a password: how a keyboard encodes é must not lock anybody out (NIST 800-63B §3.1.1.2). */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC')
}

/** Cheap, so that nothing long is ever hashed. `password` is normalised. */
export function isTooLong(password: string): boolean {
  return password.length > MAX_LENGTH * 2 || [...password].length > MAX_LENGTH
}

export function requirementsText({ name, minLength }: PasswordPolicy): string {
  return name === 'classic'
    ? `At least ${minLength} characters, with ${toList(KINDS.map(({ words }) => words))}.`
    : `At least ${minLength} characters. A few unrelated words make a good password.`
}

/** Whether every kind of character is in it that any policy asks for. */
export function hasEveryKind(password: string): boolean {
  return findMissingKinds(password).length === 0
}

/** Everything wrong with it, a sentence each; empty for a password that may be used. `password` is normalised. */
export async function findPasswordProblems(
  candidate: Candidate,
  policy: PasswordPolicy,
): Promise<PasswordProblem[]> {
  const { password } = candidate
  if (password === '') return [{ code: 'required', message: 'Choose a password.' }]
  if (isTooLong(password)) return [{ code: 'too_long', message: `Use at most ${MAX_LENGTH} characters.` }]
  const isShort = [...password].length < policy.minLength
  const short = { code: 'too_short', message: `Use at least ${policy.minLength} characters.` }
  const others =
    policy.name === 'classic'
      ? [...findMissingKinds(password), ...(await findListed(candidate))]
      : await findGuessable(candidate, { isShort })
  return [...(isShort ? [short] : []), ...others]
}

function findMissingKinds(password: string): PasswordProblem[] {
  const missing = KINDS.filter(({ kind }) => !kind.test(password)).map(({ words }) => words)
  return missing.length > 0 ? [{ code: 'too_simple', message: `Add ${toList(missing)}.` }] : []
}

/** A common password dressed up to meet the rules, like `Password1!`, is no better. */
async function findListed({ password, strength, asker }: Candidate): Promise<PasswordProblem[]> {
  const bare = password.replace(SPECIAL_AROUND, '')
  const estimates = await Promise.all([password, bare].map((each) => strength.estimate(each, { asker })))
  return estimates.some(({ isListed }) => isListed) ? [TOO_COMMON] : []
}

/** A short password needs no other advice, unless it is a common one. */
async function findGuessable(
  { password, context, strength, asker }: Candidate,
  { isShort }: { isShort: boolean },
): Promise<PasswordProblem[]> {
  const personal = context.personal.flatMap(splitWords)
  const words = [context.portalName, ...personal].map(toComparable).filter(isTelling)
  if (words.some((word) => toComparable(password).includes(word))) return [TELLS_WHO]
  const { guesses, isListed } = await strength.estimate(password, { words, asker })
  if (guesses >= MIN_GUESSES) return []
  if (isListed) return [TOO_COMMON]
  return isShort ? [] : [TOO_GUESSABLE]
}

function toList(words: string[]): string {
  const last = words.at(-1) ?? ''
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last
}

/** An address counts whole and by its parts. */
function splitWords(text: string | null): string[] {
  return text ? [text, ...text.split(/[@\s.+_-]+/)] : []
}

function toComparable(text: string): string {
  return normalizePassword(text).trim().toLowerCase()
}

/** Not words too short to give anything away, or shared by half the world. */
function isTelling(word: string): boolean {
  return word.length >= SHORTEST_CONTEXT_WORD && !SHARED_BY_MANY.includes(word)
}
