import type { Request, Response } from 'express'
import { toEmailAddress } from '../domain/user/email-address.ts'
import type { Cookies } from './cookies.ts'

const NAME = 'typed'
const LASTS_MS = 10 * 60 * 1000

/** An email that was typed on one page stands in the field of the next: for minutes, and never in an address that is logged. */
export function carryAddress(cookies: Cookies, res: Response, typed = ''): void {
  const email = toEmailAddress(typed.trim())
  if (email) cookies.write(res, NAME, email, { maxAgeMs: LASTS_MS })
}

export function readCarriedAddress(cookies: Cookies, req: Request): string {
  return cookies.read(req, NAME) ?? ''
}

export function forgetCarriedAddress(cookies: Cookies, res: Response): void {
  cookies.clear(res, NAME)
}
