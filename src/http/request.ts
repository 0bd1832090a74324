import type { Request } from 'express'
import type { Origin } from '../domain/audit-event/audit-event.ts'
import { PortalError } from '../errors.ts'
import type { Log } from '../platform/log.ts'
import type { Caller } from './caller.ts'

declare global {
  namespace Express {
    interface Request {
      /** Who is asking; set for every address that can ask. */
      caller: Caller
      /** The API speaks JSON, everything else HTML. */
      isApi?: boolean
      /** Sent as x-request-id, and logged in every line about this request. */
      id: string
      log: Log
    }
  }
}

const USER_AGENT_LENGTH = 256

/** Where a request came from, for audit and limits. TRUST_PROXY decides who is believed about the address. */
export function readOrigin(req: Request): Origin {
  return {
    ip: req.ip ?? 'unknown',
    userAgent: (req.get('user-agent') ?? '').slice(0, USER_AGENT_LENGTH),
    requestId: req.id,
  }
}

/** A query parameter that was given once. */
export function readQuery(req: Request, name: string): string | null {
  const value = req.query[name]
  return typeof value === 'string' ? value : null
}

/** An id in the address. Anything without the shape of one names nothing. */
export function readId(req: Request, name: string, shape: RegExp): string {
  const id = String(req.params[name])
  if (!shape.test(id)) throw new PortalError('not_found')
  return id
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** Of the user in the address. */
export function readUserId(req: Request): string {
  return readId(req, 'id', UUID)
}

/** How often a header was sent: this is all that Node keeps of a second one. */
export function countHeader({ rawHeaders }: Request, name: string): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const sent = rawHeaders[index]
    if (sent?.length === name.length && sent.toLowerCase() === name) count++
  }
  return count
}
