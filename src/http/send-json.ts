import type { Response } from 'express'

/** Not res.json, which also computes headers that an answer never stored does not need. */
export function sendJson(res: Response, body: object): void {
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.end(JSON.stringify(body))
}

/** The same for answers that say of themselves that they are never stored (RFC 6749 §5.1). */
export function sendUncached(res: Response, body: object): void {
  res.setHeader('cache-control', 'no-store')
  res.setHeader('pragma', 'no-cache')
  sendJson(res, body)
}
