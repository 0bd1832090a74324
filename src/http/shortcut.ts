import { type RequestHandler, Router } from 'express'

/**
 * A shortcut for one request that comes far more often than others: its route need not be looked up. Whatever is spelled
 * differently, or has a query, takes the usual way, so the route stands there too.
 */
export function createShortcut(method: string, addresses: string[], steps: RequestHandler[]): RequestHandler {
  const way = Router().route(addresses).all(steps) as unknown as { dispatch: RequestHandler }
  const isMeant = new Set(addresses)
  return (req, res, next) =>
    isMeant.has(req.url) && req.method === method ? way.dispatch(req, res, next) : next()
}
