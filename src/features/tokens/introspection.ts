import { z } from 'zod'
import { accessTokenClaims } from '../../domain/access-token/access-token.ts'

/** RFC 7662 §2.2. */
export const introspection = z
  .object({
    active: z.boolean().meta({
      description: 'Whether the token is valid now. If not, nothing else is returned.',
      example: true,
    }),
    token_type: z.enum(['Bearer', 'refresh_token']).optional(),
    ...accessTokenClaims.omit({ family: true }).partial().shape,
  })
  .meta({ id: 'Introspection', description: 'What a token allows, if it is active (RFC 7662).' })
export type Introspection = z.output<typeof introspection>
