import type { z } from 'zod'
import { type FieldProblem, PortalError } from '../errors.ts'

/** What a page with a form shows: what was typed (never passwords), and what to mend. */
export type Form = {
  values: Record<string, string>
  errors: Pick<FieldProblem, 'field' | 'message'>[]
  notice: string | null
}

type Read<T> = { ok: true; data: T; form: Form } | { ok: false; form: Form }
type ReadBody<T> = { ok: true; data: T } | { ok: false; problems: FieldProblem[] }
const SECRET_FIELD = /(^|_)(password|token|code)$/

export function emptyForm(values: Record<string, string> = {}, notice: string | null = null): Form {
  return { values, errors: [], notice }
}

/** For pages: the data, or the form with a message beside each field that needs one. */
export function readForm<T>(schema: z.ZodType<T>, body: unknown): Read<T> {
  const form = emptyForm(readTyped(body))
  const parsed = schema.safeParse(body ?? {})
  if (parsed.success) return { ok: true, data: parsed.data, form }
  return { ok: false, form: { ...form, errors: toProblems(parsed.error) } }
}

/** For the API: the data, or `validation_failed` with every problem. */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = tryBody(schema, body)
  if (!read.ok) throw new PortalError('validation_failed', { problems: read.problems })
  return read.data
}

/** The same, for callers with more problems to add. Throws only when it was not an object. */
export function tryBody<T>(schema: z.ZodType<T>, body: unknown): ReadBody<T> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  if (body !== undefined && !isObject) throw new PortalError('malformed_request')
  const parsed = schema.safeParse(body ?? {})
  return parsed.success ? { ok: true, data: parsed.data } : { ok: false, problems: toProblems(parsed.error) }
}

/** What is wrong with one field, as the problems of a form. */
export function toErrors(field: string, problems: Omit<FieldProblem, 'field'>[]): FieldProblem[] {
  return problems.map((problem) => ({ field, ...problem }))
}

export function withError(form: Form, field: string, message: string): Form {
  return { ...form, errors: [...form.errors, { field, message }] }
}

/** Without what is secret. */
export function readTyped(body: unknown): Record<string, string> {
  const typed = Object.entries(body ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !SECRET_FIELD.test(entry[0]),
  )
  return Object.fromEntries(typed)
}

/** The first problem of each field: one sentence beside it is enough. */
function toProblems(error: z.ZodError): FieldProblem[] {
  const problems = error.issues.map((issue) => ({
    field: String(issue.path[0] ?? ''),
    code: issue.code === 'custom' ? String(issue.params?.code ?? 'invalid') : 'invalid',
    message: issue.message,
  }))
  return problems.filter(({ field }, index) => problems.findIndex((other) => other.field === field) === index)
}
