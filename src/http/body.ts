import express, { type RequestHandler } from 'express'
import { PortalError } from '../errors.ts'

const LIMIT = '100kb'
const PARAMETERS_AT_MOST = 100

// One form of each only: UTF-8, not compressed, names taken as they are written.
const readForm = express.urlencoded({
  extended: false,
  limit: LIMIT,
  parameterLimit: PARAMETERS_AT_MOST,
  inflate: false,
})
const readJson = express.json({ limit: LIMIT, inflate: false })

/** Pages take forms. */
export const formBody: RequestHandler = express
  .Router()
  .use(accepting('application/x-www-form-urlencoded'), readForm, onceEach)
/** The API takes JSON. */
export const jsonBody: RequestHandler = express.Router().use(accepting('application/json'), readJson)

function accepting(type: string): RequestHandler {
  return (req, _res, next) => {
    const [given, ...parameters] = (req.get('content-type') ?? type).toLowerCase().split(';')
    const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith('charset='))
    const isUtf8 = !charset || /^charset="?utf-?8"?$/.test(charset)
    next(given?.trim() === type && isUtf8 ? undefined : new PortalError('unsupported_media_type'))
  }
}

/** A field given twice is read differently by different programs, so it is not read at all. */
function onceEach(...[req, _res, next]: Parameters<RequestHandler>) {
  const isRepeated = Object.values(req.body ?? {}).some(Array.isArray)
  next(isRepeated ? new PortalError('malformed_request') : undefined)
}
