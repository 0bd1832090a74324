import { z } from 'zod'
import { EXAMPLE_SESSION_ID, EXAMPLE_USER_ID } from '../examples.ts'
import { ROLES } from '../user/user.ts'

const seconds = (description: string, example = 1_795_248_000) =>
  z.int().nonnegative().meta({ description, example })

/** RFC 9068 §2.2, and ours: `sid` the session it came from, `family` the refresh tokens it came with. Nobody's name or address. */
export const accessTokenClaims = z.object({
  iss: z.string().meta({ description: 'The portal.', example: 'https://login.example.com' }),
  aud: z.string().meta({ description: 'Who it is for.', example: 'https://login.example.com' }),
  sub: z.string().min(1).meta({ description: 'The `id` of the user.', example: EXAMPLE_USER_ID }),
  client_id: z.string().min(1).meta({ description: 'The client that got it.', example: 'gatehouse' }),
  sid: z.string().min(1).meta({
    description: 'The `session_id` it came from. They end together.',
    example: EXAMPLE_SESSION_ID,
  }),
  scope: z.string().meta({
    description: 'What it allows, separated by spaces.',
    example: 'account:read account:write',
  }),
  iat: seconds('When it was given, in seconds since 1970.'),
  exp: seconds('When it ends by itself.', 1_795_248_600),
  jti: z
    .string()
    .min(1)
    .meta({ description: 'The token’s own id.', example: 'b6f8a9de-03c1-4f0e-8d4e-5f2f1c1b7a90' }),
  auth_time: seconds('When the person last proved who it is.', 1_795_247_400),
  role: z.enum(ROLES).meta({ description: 'The person’s role when the token was issued.' }),
  family: z.string().min(1).optional(),
})
export type AccessTokenClaims = z.output<typeof accessTokenClaims>
