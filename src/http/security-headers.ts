import type { RequestHandler } from 'express'
import helmet from 'helmet'

const YEAR_SECONDS = 31_536_000

/** The same on every status. Nothing inline, nothing from elsewhere, nobody may frame us. */
export function createSecurityHeaders({ isHttps }: { isHttps: boolean }): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
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
    referrerPolicy: { policy: 'no-referrer' },
  })
}

/** A page of ours that shows another one of ours in a frame. */
export const framing: RequestHandler = (_req, res, next) => {
  const policy = String(res.getHeader('content-security-policy'))
  res.setHeader('content-security-policy', `${policy};frame-src 'self'`)
  next()
}

/** Foreign HTML inside such a frame: it may look as it likes and do nothing. */
export const framedBy: RequestHandler = (_req, res, next) => {
  res.setHeader(
    'content-security-policy',
    "default-src 'none';style-src 'unsafe-inline';frame-ancestors 'self';sandbox allow-popups allow-popups-to-escape-sandbox",
  )
  res.removeHeader('x-frame-options')
  next()
}
