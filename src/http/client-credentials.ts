import type { Request } from 'express'
import { OAuthError } from '../errors.ts'

type ClientCredentials = { id: string; secret: string | null }
/** Null for a client that cannot prove who it is. Our own programs send nothing. */
export type Identify<Client> = (credentials: ClientCredentials | null) => Promise<Client | null>
type ClientForm = { client_id?: string; client_secret?: string }

const BASIC = /^Basic\b(.*)$/i
const BASE64 = /^[\w+/-]+={0,2}$/

/** The client that asks, as `identify` knows it. */
export async function readClient<Client>(
  req: Request,
  form: ClientForm,
  identify: Identify<Client>,
): Promise<Client> {
  const client = await identify(readCredentials(req, form))
  if (!client) throw unknownClient()
  return client
}

/** True also for credentials that cannot be read: a failed attempt to prove something is never taken for none. */
export function bringsBasic({ headers }: Request): boolean {
  return BASIC.test(headers.authorization ?? '')
}

/** How a program says who it is (RFC 6749 §2.3.1): by Basic authentication, or in the form. Null when it says nothing. */
function readCredentials(req: Request, { client_id, client_secret }: ClientForm): ClientCredentials | null {
  const basic = BASIC.exec(req.headers.authorization ?? '')?.[1]
  if (basic === undefined) {
    if (client_id === undefined && client_secret !== undefined)
      throw new OAuthError('invalid_request', 'A client_secret needs a client_id.')
    return client_id === undefined ? null : { id: client_id, secret: client_secret ?? null }
  }
  const credentials = readBasic(basic.trim())
  const disagrees = client_id !== undefined && client_id !== credentials.id
  if (client_secret !== undefined || disagrees)
    throw new OAuthError('invalid_request', 'Say who the client is in one way only.')
  return credentials
}

/** Both parts are form-encoded before they are joined. */
function readBasic(encoded: string): { id: string; secret: string } {
  const text = BASE64.test(encoded) ? Buffer.from(encoded, 'base64').toString('utf8') : ''
  const colon = text.indexOf(':')
  try {
    const [id, secret] = [text.slice(0, colon), text.slice(colon + 1)].map(decodeFormPart)
    if (colon > 0 && id && secret !== undefined) return { id, secret }
  } catch {}
  throw unknownClient()
}

function decodeFormPart(part: string): string {
  return decodeURIComponent(part.replaceAll('+', ' '))
}

function unknownClient(): OAuthError {
  return new OAuthError('invalid_client', 'The client could not be recognised.')
}
