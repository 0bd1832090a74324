import { InvalidArgumentError } from 'commander'
import type { z } from 'zod'

/** What was typed as an argument, read by its field. Commander says the sentence and stops when it is wrong. */
export function readArgument<T>(field: z.ZodType<T>, typed: string): T {
  const sentence = findMistake(field, typed)
  if (sentence) throw new InvalidArgumentError(sentence)
  return field.parse(typed)
}

/** The first sentence about what is wrong, or null. */
export function findMistake(field: z.ZodType, typed: unknown): string | null {
  return field.safeParse(typed).error?.issues[0]?.message ?? null
}
