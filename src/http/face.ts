import type { RequestHandler, Router } from 'express'

const API_PATH = /^\/((api\/v1|users|health|metrics|\.well-known)(\/|$)|auth\/(?!oauth\/)|openapi\.json$)/i

/** The API answers in JSON, everything else in pages. */
export const tellFace: RequestHandler = (req, _res, next) => {
  req.isApi = API_PATH.test(req.path)
  next()
}

export const forApi = (router: Router) => only(true, router)
export const forPages = (router: Router) => only(false, router)

/** A request for one face does not look through the routes of the other. They can still be listed. */
function only(isApi: boolean, router: Router): RequestHandler {
  const enter: RequestHandler = (req, res, next) => (req.isApi === isApi ? router(req, res, next) : next())
  return Object.assign(enter, { stack: router.stack })
}
