import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler, Response } from 'express'
import helmet, { type HelmetOptions } from 'helmet'

const YEAR_SECONDS = 31_536_000

type Policy = { isHttps: boolean; brand: { logoUrl: string | null } }

/** The same on every status. Nothing inline, nothing from elsewhere but the configured logo, and nobody may frame us. */
export function createSecurityHeaders({ isHttps, brand: { logoUrl } }: Policy): RequestHandler {
  const headers = askHelmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", ...(logoUrl ? [toSource(logoUrl)] : [])],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'object-src': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: isHttps && { maxAge: YEAR_SECONDS, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
    // With no-referrer, browsers that send no Sec-Fetch-Site would send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    // For browsers and plug-ins that nobody runs any more.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value)
    next()
  }
}

/** This one file and no other. A policy ignores the query, and its own separators must be escaped. */
function toSource(address: string): string {
  const { origin, pathname } = new URL(address)
  return origin + pathname.replaceAll(';', '%3B').replaceAll(',', '%2C')
}

/** Helmet's headers are the same for every request, so it is asked once: asking it each time costs half of what Express does. */
function askHelmet(options: HelmetOptions): [string, string][] {
  const headers: [string, string][] = []
  const collector = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader() {},
  }
  helmet(options)({} as IncomingMessage, collector as unknown as ServerResponse, () => {})
  return headers
}

/** A picture that can hold a script, such as a logo that somebody else drew. Opened by itself it is a picture all the same. */
export function tameDrawing(res: Response) {
  res.setHeader(
    'content-security-policy',
    "default-src 'none';img-src data:;style-src 'unsafe-inline';frame-ancestors 'none';sandbox",
  )
}

/** For one of our pages that shows another of ours in a frame. */
export const framing: RequestHandler = (_req, res, next) => {
  const policy = String(res.getHeader('content-security-policy'))
  res.setHeader('content-security-policy', `${policy};frame-src 'self'`)
  next()
}

/** For foreign HTML inside such a frame: it may look as it likes, but do nothing and load nothing. */
export const framedBy: RequestHandler = (_req, res, next) => {
  res.setHeader(
    'content-security-policy',
    "default-src 'none';style-src 'unsafe-inline';frame-ancestors 'self';sandbox allow-popups allow-popups-to-escape-sandbox",
  )
  res.removeHeader('x-frame-options')
  next()
}
