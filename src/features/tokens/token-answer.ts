import { z } from 'zod'
import { EXAMPLE_ACCESS_TOKEN, EXAMPLE_REFRESH_TOKEN } from '../../domain/examples.ts'
import { ACCESS_TOKEN_TYPE } from './tokens.form.ts'
import type { Tokens } from './tokens.service.ts'

/** RFC 6749 §5.1, RFC 8693 §2.2.1. */
export const tokenAnswer = z
  .object({
    access_token: z.string().meta({
      description: 'A signed JWT (RFC 9068): send it as `Authorization: Bearer …`.',
      example: EXAMPLE_ACCESS_TOKEN,
    }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().min(1).meta({ description: 'Seconds until the access token expires.', example: 600 }),
    scope: z.string().meta({
      description: 'What the token allows. It can be less than you asked for.',
      example: 'account:read offline_access',
    }),
    refresh_token: z.string().optional().meta({
      description: 'With the scope `offline_access`. Use it once to get the next tokens, and keep it secret.',
      example: EXAMPLE_REFRESH_TOKEN,
    }),
    issued_token_type: z
      .literal(ACCESS_TOKEN_TYPE)
      .optional()
      .meta({ description: 'Not returned by a refresh.' }),
  })
  .meta({ id: 'Tokens', description: 'An access token, and perhaps a refresh token.' })
type TokenAnswer = z.output<typeof tokenAnswer>

export function toTokenAnswer({ accessToken, expiresInSeconds, scopes, refreshToken }: Tokens): TokenAnswer {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    scope: scopes.join(' '),
    ...(refreshToken && { refresh_token: refreshToken }),
  }
}
