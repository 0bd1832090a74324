import { type Command, InvalidArgumentError } from 'commander'
import type { z } from 'zod'

/** An argument as typed, read by its field. Commander prints the message and stops when it is wrong. */
export function readArgument<T>(field: z.ZodType<T>, typed: string): T {
  const sentence = findMistake(field, typed)
  if (sentence) throw new InvalidArgumentError(sentence)
  return field.parse(typed)
}

/** The first sentence about what is wrong, or null. */
export function findMistake(field: z.ZodType, typed: unknown): string | null {
  return field.safeParse(typed).error?.issues[0]?.message ?? null
}

/** All that was typed, read together. Stops the command with the first mistake. */
export function readTyped<T>(form: z.ZodType<T>, typed: object, command: Command): T {
  const sentence = findMistake(form, typed)
  return sentence ? command.error(sentence) : form.parse(typed)
}
