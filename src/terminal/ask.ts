import { createInterface } from 'node:readline'
import { confirm, input, password } from '@inquirer/prompts'

type Question = { message: string; findMistake(typed: string): string | null | Promise<string | null> }

// Standard output is for the answer of the command alone.
const atTheTerminal = { output: process.stderr }

export function isTerminal(): boolean {
  return process.stdin.isTTY === true
}

/** True for what a question throws when somebody pressed Ctrl+C. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)
}

export function ask({ message, findMistake }: Question): Promise<string> {
  const validate = async (typed: string) => (await findMistake(typed)) ?? true
  return input({ message, validate }, atTheTerminal)
}

/** No unless somebody says yes. */
export function askWhether(message: string): Promise<boolean> {
  return confirm({ message, default: false }, atTheTerminal)
}

/** Asked twice, and never shown. */
export async function askNewSecret({ message, findMistake }: Question): Promise<string> {
  const validate = async (typed: string) => (await findMistake(typed)) ?? true
  const secret = await password({ message, validate, toggleMask: false }, atTheTerminal)
  const isSame = (typed: string) =>
    typed === secret || 'That does not match. Type it again, or press Ctrl+C to start over.'
  await password({ message: `${message} again`, validate: isSame, toggleMask: false }, atTheTerminal)
  return secret
}

/** The first lines of what is piped in; fewer when there are no more. */
export async function readLines(most: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: process.stdin })) {
    lines.push(line)
    if (lines.length === most) break
  }
  process.stdin.destroy()
  return lines
}
