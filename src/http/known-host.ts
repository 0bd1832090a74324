import type { RequestHandler } from 'express'
import { PortalError } from '../errors.ts'
import { countHeader } from './request.ts'

/** Only the address people type: a request for another host has no business here. Health checks come by address. */
export function knownHostOnly(baseUrl: string): RequestHandler {
  const { host } = new URL(baseUrl)
  return (req, _res, next) => {
    const isKnown =
      req.headers.host?.toLowerCase() === host && countHeader(req, 'host') === 1 && req.url.startsWith('/')
    next(
      isKnown
        ? undefined
        : new PortalError('malformed_request', { detail: `This portal answers at ${baseUrl}.` }),
    )
  }
}
