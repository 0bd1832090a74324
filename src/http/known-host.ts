import type { RequestHandler } from 'express'
import { PortalError } from '../errors.ts'

/** Only the address people type: a request for another host has no business here. Health checks come by address. */
export function knownHostOnly(baseUrl: string): RequestHandler {
  const { host } = new URL(baseUrl)
  return (req, _res, next) => {
    const hosts = req.rawHeaders.filter(
      (_, index) => index % 2 === 1 && req.rawHeaders[index - 1]?.toLowerCase() === 'host',
    )
    const isKnown = hosts.length === 1 && hosts[0]?.toLowerCase() === host && req.url.startsWith('/')
    next(
      isKnown
        ? undefined
        : new PortalError('malformed_request', { detail: `This portal answers at ${baseUrl}.` }),
    )
  }
}
