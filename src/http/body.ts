import type { Request, RequestHandler } from 'express'
import { PortalError } from '../errors.ts'
import { expectOwner } from './owner.ts'

const LIMIT_BYTES = 100 * 1024
const FIELDS_AT_MOST = 100
/** Stands in for bytes that are not UTF-8. */
const DAMAGED = '\ufffd'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Pages take forms. */
export const formBody: RequestHandler = async (req, _res, next) => {
  req.body = await readFormBody(req)
  expectOwner(req)
  next()
}

/** The API takes JSON. */
export const jsonBody: RequestHandler = async (req, _res, next) => {
  const text = await readText(req, 'application/json')
  req.body = text === '' ? undefined : parseJson(text)
  next()
}

/** Names and values as written. Programs differ on what a repeated field means, so it is refused. */
export async function readFormBody(req: Request): Promise<Record<string, string>> {
  const fields = [...new URLSearchParams(await readText(req, 'application/x-www-form-urlencoded'))]
  if (fields.length > FIELDS_AT_MOST) throw new PortalError('payload_too_large')
  const isRepeated = new Set(fields.map(([name]) => name)).size < fields.length
  if (isRepeated || fields.some((field) => field.join().includes(DAMAGED)))
    throw new PortalError('malformed_request')
  return Object.fromEntries(fields)
}

/** One form only: this type, UTF-8, not compressed. A body without a type is taken to be of the expected type. */
async function readText(req: Request, type: string): Promise<string> {
  const [given, ...parameters] = (req.get('content-type') ?? type).toLowerCase().split(';')
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith('charset='))
  const isUtf8 = !charset || /^charset="?utf-?8"?$/.test(charset)
  const isPlain = (req.get('content-encoding') ?? 'identity') === 'identity'
  const detail = `Send the body as ${type}, in UTF-8 and not compressed.`
  if (given?.trim() !== type || !isUtf8 || !isPlain)
    throw new PortalError('unsupported_media_type', { detail })
  try {
    return utf8.decode(await readBytes(req))
  } catch (cause) {
    throw cause instanceof PortalError ? cause : new PortalError('malformed_request', { cause })
  }
}

/** Too large a body is refused at once; the rest of it is discarded, so that the sender gets to read the answer. */
function readBytes(req: Request): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    req.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > LIMIT_BYTES) reject(new PortalError('payload_too_large'))
      else chunks.push(chunk)
    })
    req.on('end', () => resolve(Buffer.concat(chunks)))
    req.on('error', reject)
  })
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (countWrittenKeys(text) === countKeys(value)) return value
  } catch {}
  throw new PortalError('malformed_request')
}

/** In JSON a quotation mark begins or ends a string, and only a field's name is followed by a colon. */
function countWrittenKeys(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)].filter(([, colon]) => colon).length
}

function countKeys(root: unknown): number {
  const values = [root]
  let count = 0
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue
    const inside: unknown[] = Object.values(value)
    if (!Array.isArray(value)) count += inside.length
    for (const each of inside) values.push(each)
  }
  return count
}
