import type { RequestHandler } from 'express'

/** In development every page ends with where to look next. A database that does not answer is not the page's trouble. */
export function createDevelopmentBar({ count }: { count(): Promise<number> }): RequestHandler {
  return async (_req, res, next) => {
    res.locals.development = { mails: await count().catch(() => null) }
    next()
  }
}
