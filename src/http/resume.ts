import type { Request, Response } from 'express'
import { z } from 'zod'
import { readFormBody } from './body.ts'
import { returnToField } from './fields.ts'
import { readTyped } from './form.ts'
import { toReturnTo } from './return-to.ts'

/** What somebody was about to do when they were asked who they are: `typed` is the form they sent, null where they only opened a page. */
export type Resume = { returnTo: string; typed: Record<string, string> | null }

/** Visitors have it kept for them while they are at Google, and it comes with a password in a body that has a limit. */
const LONGEST = 10_000

/** As hidden fields carry it from page to page. Nothing secret is in it. */
export const resumeFields = {
  return_to: returnToField,
  typed: z
    .string()
    .max(LONGEST)
    .optional()
    .catch(undefined)
    .transform((text) => readJson(text))
    .pipe(z.record(z.string(), z.string()).transform(readTyped).nullable().catch(null)),
}

const carried = z
  .object(resumeFields)
  .transform(({ return_to: returnTo, typed }): Resume => ({ returnTo, typed }))

/** In the fields of a form that was sent. */
export function readCarried(body: unknown): Resume {
  return carried.parse(body ?? {})
}

/** What nobody would have typed is left behind. */
export function toResumeValues({ returnTo, typed }: Resume): Record<string, string> {
  const text = typed && JSON.stringify(typed)
  return { return_to: returnTo, ...(text && text.length <= LONGEST && { typed: text }) }
}

/** Of a request that was stopped on its way. A form that carries what somebody was about to do hands that on. */
export async function readResume(req: Request): Promise<Resume> {
  const returnTo = toReturnTo(req.originalUrl)
  if (req.method !== 'POST') return { returnTo, typed: null }
  const typed = readTyped(req.body ?? (await readFormBody(req).catch(() => ({}))))
  return typed.return_to === undefined ? { returnTo, typed } : readCarried(typed)
}

/** Back to where they were: to the page, or on with what they had typed. A redirect cannot send a form, so a page does. */
export function resume(res: Response, { returnTo, typed }: Resume): void {
  res.set('cache-control', 'no-store')
  if (typed) res.render('pages/resume', { action: returnTo, typed })
  else res.redirect(303, returnTo)
}

function readJson(text: string | undefined): unknown {
  try {
    return text === undefined ? null : JSON.parse(text)
  } catch {
    return null
  }
}
