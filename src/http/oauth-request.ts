import type { Request } from 'express'
import type { z } from 'zod'
import { OAuthError } from '../errors.ts'

/** Where programs speak OAuth and get OAuth's own error codes. */
export function speaksOAuth({ path }: Request): boolean {
  return /^(\/api\/v1)?\/auth\/(token|refresh|revoke|introspect)\/?$/i.test(path)
}

/** The parameters of a request; one without a value was left out (RFC 6749 §3.1). Those that are missing or wrong are named. */
export function readParameters<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(leaveOutEmpty(body ?? {}))
  if (parsed.success) return parsed.data
  const name = String(parsed.error.issues[0]?.path[0] ?? 'body')
  if (name === 'scope') throw new OAuthError('invalid_scope', 'This scope is not known.')
  throw new OAuthError('invalid_request', `The ${name} is missing, or is none that can be used here.`)
}

function leaveOutEmpty(body: unknown): unknown {
  if (typeof body !== 'object' || Array.isArray(body)) return body
  return Object.fromEntries(Object.entries(body as object).filter(([, value]) => value !== ''))
}
