import type { Request } from 'express'

export const HOME = '/account'
const LONGEST = 512
/** A path of our own: one slash, then nothing that any browser could read as another host or as a control character. */
const OWN_PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/
const BASE = 'http://portal.invalid'

/** Where to go afterwards: a path on this portal, whatever was asked for. */
export function toReturnTo(wanted: unknown): string {
  if (typeof wanted !== 'string' || wanted.length > LONGEST || !OWN_PATH.test(wanted)) return HOME
  const url = URL.parse(wanted, BASE)
  if (!url || url.origin !== BASE || url.pathname.startsWith('//')) return HOME
  return url.pathname + url.search
}

/** The address of a page that afterwards leads where the person was going. */
export function withReturnTo(path: string, returnTo: string): string {
  return returnTo === HOME ? path : `${path}?return_to=${encodeURIComponent(returnTo)}`
}

export function readReturnTo(req: Request): string {
  const body: unknown = req.body
  const inBody = typeof body === 'object' && body !== null && 'return_to' in body ? body.return_to : undefined
  return toReturnTo(inBody ?? req.query.return_to)
}
