import type { RequestHandler } from 'express'

/** In development every page ends with where to look next. It must not fail when the database does not answer. */
export function createDevelopmentBar({ count }: { count(): Promise<number> }): RequestHandler {
  return async (_req, res, next) => {
    res.locals.development = { mails: await count().catch(() => null) }
    next()
  }
}
