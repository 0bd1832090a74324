import { z } from 'zod'
import { OAUTH_ERROR_CODES, type OAuthErrorCode } from '../errors.ts'

/** What each code means to a program. */
const meanings: Record<OAuthErrorCode, string> = {
  invalid_request: 'The request is not complete, contradicts itself, or cannot be read.',
  invalid_client: 'The client is not known, or did not prove that it is that one.',
  invalid_grant: 'What was presented opens nothing, or not any more: sign in again.',
  invalid_scope: 'A scope that is not known, or that this client may not have.',
  invalid_target: 'Tokens of this portal are for another audience.',
  invalid_token: 'The session in `Authorization` is not good: it has ended, or never was.',
  unsupported_grant_type: 'This grant type is not known here, or not allowed.',
  unsupported_token_type: 'This kind of token cannot be taken back.',
  access_denied: 'The address is not confirmed yet, or the request came from a page of another site.',
  temporarily_unavailable: 'Too much at once, or something does not answer. Wait as `Retry-After` says.',
  server_error: 'Something went wrong on our side.',
}

export const oauthError = z
  .object({
    error: z.enum(OAUTH_ERROR_CODES).meta({
      description: 'What a program decides by. The list is closed.',
      'x-enumDescriptions': meanings,
    }),
    error_description: z.string().meta({ description: 'For the people who write the program.' }),
  })
  .meta({
    id: 'OAuthError',
    description: 'Why a program cannot have what it asks for at a token endpoint (RFC 6749 §5.2).',
  })
export type OAuthFailure = z.output<typeof oauthError>

export function toOAuthExample(error: OAuthErrorCode): OAuthFailure {
  return { error, error_description: meanings[error].replaceAll('`', '') }
}
