import type { Request } from 'express'
import { OAuthError } from '../../errors.ts'
import { readClientCredentials } from '../../http/client-credentials.ts'
import type { TokenClient, TokenService } from './tokens.service.ts'

/** Who asks for tokens, or about them. */
export async function readClient(
  tokens: TokenService,
  req: Request,
  form: { client_id?: string; client_secret?: string },
): Promise<TokenClient> {
  const client = await tokens.identify(readClientCredentials(req, form))
  if (!client) throw new OAuthError('invalid_client', 'The client could not be recognised.')
  return client
}
