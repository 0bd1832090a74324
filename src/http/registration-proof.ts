import type { Request, Response } from 'express'
import type { Cookies } from './cookies.ts'

const NAME = 'registration'
const LASTS_MS = 3 * 24 * 60 * 60 * 1000
const AT_MOST = 3
const SEPARATOR = '.'

/** What this browser registered lately: opening the mailed link here needs no password. A double submit keeps both. */
export function readProofs(cookies: Cookies, req: Request): string[] {
  return cookies.read(req, NAME)?.split(SEPARATOR) ?? []
}

export function addProof(cookies: Cookies, req: Request, res: Response, proof: string): void {
  const proofs = [proof, ...readProofs(cookies, req)].slice(0, AT_MOST)
  cookies.write(res, NAME, proofs.join(SEPARATOR), { maxAgeMs: LASTS_MS })
}

export function clearProofs(cookies: Cookies, res: Response): void {
  cookies.clear(res, NAME)
}
