/** One line of what the doctor says: `mend` is what to do about it, null where all is well. */
export type Finding = {
  about: string
  level: 'ok' | 'warning' | 'problem'
  says: string
  mend: string | null
}
/** `fixes`: what can be mended here without a decision is mended. */
export type Check = (options: { fixes: boolean }) => Promise<Finding[]>

export const ok = (about: string, says: string): Finding => ({ about, level: 'ok', says, mend: null })
export const warning = (about: string, says: string, mend: string): Finding => ({
  about,
  level: 'warning',
  says,
  mend,
})
export const problem = (about: string, says: string, mend: string): Finding => ({
  about,
  level: 'problem',
  says,
  mend,
})

export function toReason(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : new Error(String(error))
  return cause instanceof Error && cause.message ? cause.message : message
}
