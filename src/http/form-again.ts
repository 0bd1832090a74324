import type { Request, Response } from 'express'
import { z } from 'zod'
import type { ErrorCode, PortalError } from '../errors.ts'
import { readFormBody } from './body.ts'
import { type Form, readForm, withError } from './form.ts'

type Typed = Record<string, string>
/** `isForeign`: another site may have filled in what the form holds. */
type FormPage = { view: string; toModel?: (form: Form, typed: Typed, isForeign: boolean) => object }
/** For each address that takes a form, the page that shows it. `:id` stands for a UUID. */
export type FormPages = Record<string, FormPage>

const UUID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/

/** The form was not judged, or nobody knows what came of it; either way it is safe to send it again. */
const NOT_TAKEN: ErrorCode[] = [
  'cross_site_request',
  'validation_failed',
  'too_many_attempts',
  'overloaded',
  'temporarily_unavailable',
]

/** What to show instead of an error page; null where there is nothing to send again. */
export function findFormPage(pages: FormPages, req: Request, { code, detail }: PortalError): FormPage | null {
  const isUntouched = NOT_TAKEN.includes(code) && detail === null
  return req.method === 'POST' && isUntouched ? (pages[req.path.replace(UUID, ':id')] ?? null) : null
}

/** The form with what was typed (never passwords) and why it could not be taken. */
export async function showFormAgain(
  req: Request,
  res: Response,
  { view, toModel }: FormPage,
  { why, code }: { why: string; code: ErrorCode },
) {
  const typed: Typed = req.body ?? (await readFormBody(req).catch(() => ({})))
  const form = withError(readForm(z.unknown(), typed).form, '', why)
  res.render(view, { form, ...toModel?.(form, typed, code === 'cross_site_request') })
}
