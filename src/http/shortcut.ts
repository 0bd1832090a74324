import { type RequestHandler, Router } from 'express'

/**
 * The way of one request that comes far more often than others, written down: nobody looks for its route. Whatever is spelled
 * differently, or has a query, takes the usual way, so the route stands there too.
 */
export function createShortcut(method: string, addresses: string[], steps: RequestHandler[]): RequestHandler {
  const way = Router().route('/').all(steps) as unknown as { dispatch: RequestHandler }
  const isMeant = new Set(addresses)
  return (req, res, next) =>
    isMeant.has(req.url) && req.method === method ? way.dispatch(req, res, next) : next()
}
