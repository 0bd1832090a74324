import type { Request, RequestHandler, Response } from 'express'
import { SECOND_MS } from '../domain/time.ts'
import type { SeenRequest } from '../platform/tally.ts'

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Tells how long each request took. Nothing that a client makes up becomes a label: the labels would never end. */
export function createRequestMetrics(observe: (seen: SeenRequest) => void): RequestHandler {
  return (req, res, next) => {
    const beganAtMs = performance.now()
    res.on('close', () => {
      observe({
        method: METHODS.has(req.method) ? req.method : 'other',
        route: toRoute(req),
        status: toStatusClass(res),
        seconds: (performance.now() - beganAtMs) / SECOND_MS,
      })
    })
    next()
  }
}

/** Without the prefix that the API may have. A route with several addresses goes by the first. */
function toRoute({ route }: Request): string {
  return route ? String([route.path].flat()[0]) : 'other'
}

/** `none` where the client went away before there was an answer. */
function toStatusClass({ headersSent, statusCode }: Response): string {
  return headersSent ? `${Math.floor(statusCode / 100)}xx` : 'none'
}
