import type { Request, Response } from 'express'
import type { Cookies } from './cookies.ts'
import { forgetCarriedAddress } from './typed-address.ts'

const PROOFS = 'registration'
const LASTS_MS = 3 * 24 * 60 * 60 * 1000
const AT_MOST = 3
const SEPARATOR = '.'
const ADDRESS = 'registered'

/** What this browser registered lately. The mailed code counts here, and the mailed link needs no password. */
export function readProofs(cookies: Cookies, req: Request): string[] {
  return cookies.read(req, PROOFS)?.split(SEPARATOR) ?? []
}

/** A double submit keeps both. */
export function addProof(cookies: Cookies, req: Request, res: Response, proof: string): void {
  const proofs = [proof, ...readProofs(cookies, req)].slice(0, AT_MOST)
  cookies.write(res, PROOFS, proofs.join(SEPARATOR), { maxAgeMs: LASTS_MS })
}

/** The address waiting for its email, for as long as the browser is open. */
export function keepAddress(cookies: Cookies, res: Response, email: string): void {
  cookies.write(res, ADDRESS, email)
}

export function readAddress(cookies: Cookies, req: Request): string | null {
  return cookies.read(req, ADDRESS)
}

/** The address was proved, so nothing is waiting any more. */
export function forgetRegistration(cookies: Cookies, res: Response): void {
  cookies.clear(res, PROOFS)
  cookies.clear(res, ADDRESS)
  forgetCarriedAddress(cookies, res)
}
