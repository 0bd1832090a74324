import type { RequestHandler } from 'express'
import type { Log } from '../platform/log.ts'

/** Where no proxy is believed: says once that one seems to be there. Everybody behind it would share its limits. */
export function tellOfUnknownProxy(log: Log): RequestHandler {
  let isTold = false
  return ({ headers, socket }, _res, next) => {
    if (!isTold && (headers['x-forwarded-for'] ?? headers.forwarded) !== undefined) {
      isTold = true
      log.warn(
        { peer: socket.remoteAddress },
        'a request says that it was forwarded, and TRUST_PROXY is not set. If that is your proxy, set it: until then everybody behind it counts as one client',
      )
    }
    next()
  }
}
