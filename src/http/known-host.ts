import type { Request, RequestHandler } from 'express'
import { PortalError } from '../errors.ts'
import { countHeader } from './request.ts'

/**
 * Serves only the host that people type; requests for another host are refused. Health checks come by IP address. A page
 * requested under another name of the same machine redirects to that host.
 */
export function knownHostOnly(baseUrl: string, otherHosts: string[]): RequestHandler {
  const { host } = new URL(baseUrl)
  return (req, res, next) => {
    const asked = isWellMade(req) ? (req.headers.host ?? '').toLowerCase() : ''
    if (asked === host) return next()
    if (otherHosts.includes(asked) && asksForPage(req)) return res.redirect(307, baseUrl + req.url)
    next(new PortalError('malformed_request', { detail: `This portal answers at ${baseUrl}.` }))
  }
}

function isWellMade(req: Request): boolean {
  return countHeader(req, 'host') === 1 && req.url.startsWith('/')
}

function asksForPage({ method, isApi }: Request): boolean {
  return !isApi && (method === 'GET' || method === 'HEAD')
}
