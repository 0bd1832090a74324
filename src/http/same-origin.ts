import type { Request, RequestHandler } from 'express'
import { PortalError } from '../errors.ts'

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

export type Origins = { portal: string; allowed: string[] }

/** True when a browser says that another site made it send this request. */
export function isCrossSite(req: Request, portal: string): boolean {
  const site = req.get('sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const origin = req.get('origin')
  return origin !== undefined && origin !== portal
}

/**
 * Changes come from our own pages, from programs, or from origins named in CORS_ORIGINS: those must not rely on a cookie.
 * The browser says which it is (Sec-Fetch-Site, else Origin), so no form needs a token that could go stale.
 */
export function sameOriginOnly({ portal, allowed }: Origins): RequestHandler {
  return (req, _res, next) => {
    // A request with Authorization is identified by that alone; no other site's form can send it.
    const isByBearer = req.isApi && req.get('authorization') !== undefined
    if (SAFE_METHODS.includes(req.method) || isByBearer) return next()
    const isFromProgram = req.get('sec-fetch-site') === undefined && req.get('origin') === undefined
    const hasCookie = req.get('cookie') !== undefined
    const isAllowed = req.isApi && !hasCookie && allowed.includes(req.get('origin') ?? '')
    const passes = isFromProgram ? !hasCookie : isAllowed || !isCrossSite(req, portal)
    next(passes ? undefined : new PortalError('cross_site_request'))
  }
}
